import { env } from 'cloudflare:workers'
import { HOUR } from '../helpers/clock'
import { codeRequest } from '../helpers/codes'
import { PASSWORD } from '../helpers/people'
import { prepared, prepareSecondFactor } from '../helpers/prepare-second-factor'
import { authorize, newPerson, type Person } from '../helpers/providers'
import { asIfByCode, prepareRequest } from '../helpers/removal-requests'
import { type Owner, type ValidRequest, validRequests } from '../helpers/requests'
import { verificationTokenFor } from '../helpers/tokens'
import { type Clients, canLogIn, canLogInAt, canUseNewCode, isSignedOut, NEW_PASSWORD } from './steps'

/*
 * What is expected of each operation when a call goes wrong, in addition to what is expected of all.
 */

/** What happens when a client repeats a request that took effect while its answer was lost. */
export interface Again {
  status: number
  code?: string
  /** The tables that the repeated request changes again. */
  changes?: string[]
  why: string
  /** How the client can continue. */
  next?: (clients: Clients) => Promise<void>
}

export interface Subject {
  request: ValidRequest
  /** Prepares more than what all subjects start from. */
  prepare?: (owner: Owner) => Promise<unknown>
  /** By default, a repeated request gets the same answer and changes nothing. */
  again?: Again
  /** What happens instead when a client repeats a request that had no effect, where a failure ends what it was about. */
  isOver?: Again
  /** Tables that a failure may leave in a state of their own, and why that does no harm. */
  leaves?: Record<string, string>
}

const SPENT = { status: 401, code: 'invalid_code', why: 'The code is spent' }

const SPENT_PROOF = { status: 403, why: 'It is spent, and the code of the provider too', next: canLogInAt('google') }
const SPENT_STATE = { ...SPENT_PROOF, code: 'invalid_state' }

/** Only the result of the change says who gets a notice. */
const NOTICE = {
  notice_sends: 'A notice is not sent when D1 fails after the answer; the activity shows the change',
  message_days: 'The same: it has taken its place in the budget',
}

/** What an operator does is recorded each time. */
const doneAgain = (status: number, ...changes: string[]): Again => ({
  status,
  changes: ['operator_acts', 'activity', ...changes],
  why: 'Each time is an act, and its owner is told of it',
})

const ASKED = {
  operator_acts: 'It is recorded that an operator asked, whether or not the whole answer arrives',
  activity: 'The same, for the owner',
}

const expectations: Record<string, Omit<Subject, 'request'>> = {
  findAccount: { again: doneAgain(200) },
  getAccount: { leaves: ASKED, again: doneAgain(200) },
  exportAccount: { leaves: ASKED, again: doneAgain(200) },
  getCounters: { again: { status: 200, changes: ['operator_acts'], why: 'Each time is an act' } },
  getDoctor: { again: { status: 200, changes: ['operator_acts'], why: 'Each time is an act' } },
  listActs: { again: { status: 200, changes: ['operator_acts'], why: 'Each time is an act' } },
  endSessionsOfAccount: { again: doneAgain(200, 'users') },
  blockAccount: { again: doneAgain(200, 'users') },
  unblockAccount: { again: doneAgain(200) },
  unlockAccount: { again: doneAgain(200) },
  eraseAccount: { leaves: NOTICE, again: { status: 404, code: 'not_found', why: 'It is gone' } },
  signUp: {
    again: { status: 409, code: 'username_taken', why: 'The account is there', next: canLogIn('carol', PASSWORD) },
  },
  logIn: {
    again: {
      status: 200,
      changes: ['sessions', 'activity'],
      why: 'Every log-in makes a session. Nobody has the tokens of the first one; the owner can see it and end it',
    },
  },
  requestCode: {
    again: {
      status: 429,
      code: 'too_many_codes',
      why: 'It counts as sent',
      next: canUseNewCode('carol@example.com', 'log_in'),
    },
  },
  verifyCode: { again: { ...SPENT, next: canUseNewCode('new-alice@example.com', 'verify') } },
  logInByCode: { again: { ...SPENT, next: canUseNewCode('alice@example.com', 'log_in') } },
  logInBySecondFactor: {
    leaves: NOTICE,
    again: {
      status: 403,
      code: 'invalid_second_factor_token',
      why: 'The token is spent, and the recovery code too; the first factor begins again',
    },
  },
  confirmTotp: {
    leaves: NOTICE,
    again: {
      status: 403,
      code: 'wrong_second_factor',
      changes: ['activity', 'hour_counts', 'log_in_throttle'],
      why: 'It is on. The client asks for new recovery codes; the guess is counted',
    },
  },
  deleteTotp: { leaves: NOTICE },
  createRecoveryCodes: {
    leaves: NOTICE,
    again: {
      status: 200,
      changes: ['second_factors', 'activity', 'notice_sends', 'message_days'],
      why: 'Each set replaces the one before, and is told',
    },
  },
  beginTotp: {
    again: { status: 200, changes: ['second_factors'], why: 'Each set-up replaces the one before' },
  },
  eraseSecondFactorOfAccount: { leaves: NOTICE, again: doneAgain(202) },
  changePassword: {
    leaves: NOTICE,
    again: {
      status: 403,
      code: 'wrong_password',
      changes: ['activity', 'hour_counts'],
      why: 'The current password is the new one now, and a failed attempt is recorded and counted',
      next: canLogIn('alice', NEW_PASSWORD),
    },
  },
  updateMe: {
    leaves: NOTICE,
    again: { status: 200, changes: ['users'], why: 'The time of the last change is updated' },
  },
  putEmail: { leaves: NOTICE },
  deleteEmail: { leaves: NOTICE },
  stopRemovalRequest: { again: { status: 403, code: 'invalid_link', why: 'It is stopped' } },
  undoChanges: {
    leaves: NOTICE,
    again: { status: 403, code: 'invalid_link', why: 'It is done', next: canLogIn('alice', PASSWORD) },
  },
  finishSocialLogIn: { again: SPENT_STATE, isOver: SPENT_STATE },
  logInByIdToken: { again: { ...SPENT_PROOF, code: 'invalid_id_token' } },
  exchangeSocialCode: { again: { ...SPENT_PROOF, code: 'invalid_exchange_code' } },
  linkIdentity: { leaves: NOTICE, again: { status: 200, why: 'It is linked' } },
  unlinkIdentity: { leaves: NOTICE, again: { status: 404, code: 'not_found', why: 'It is gone' } },
  logInByPasskey: {
    again: {
      status: 403,
      code: 'invalid_passkey',
      why: 'Its challenge is spent. The client gets another one and asks the authenticator again',
    },
  },
  addPasskey: { leaves: NOTICE, again: { status: 200, why: 'It is added' } },
  removePasskey: { leaves: NOTICE, again: { status: 404, code: 'not_found', why: 'It is gone' } },
  putPhone: { leaves: NOTICE },
  deletePhone: { leaves: NOTICE },
  deleteMe: {
    leaves: NOTICE,
    again: { status: 401, code: 'unauthenticated', why: 'The account is gone, and its sessions', next: isSignedOut },
  },
  endOtherSessions: {
    again: { status: 204, changes: ['users'], why: 'Each time, the devices that were known until then are forgotten' },
  },
  endSession: {
    again: { status: 401, code: 'unauthenticated', why: 'It was the session of the client itself', next: isSignedOut },
  },
  createCalendarFeed: {
    leaves: NOTICE,
    again: {
      status: 201,
      changes: ['calendar_feeds', 'activity', 'notice_sends', 'message_days'],
      why: 'Nobody has the first link. Another one takes its place, and is told',
    },
  },
  exportMe: {
    leaves: { activity: 'An export is recorded when it is asked for, whether or not it arrives' },
  },
  createTodo: {
    again: {
      status: 201,
      changes: ['todos'],
      why: 'Only with an id or an Idempotency-Key can the request be repeated safely',
    },
  },
  putTodo: { again: { status: 200, why: 'The first one has made it, and the second one changes nothing' } },
  deleteTodo: { again: { status: 404, code: 'not_found', why: 'It is gone' } },
  createList: {
    again: { status: 201, changes: ['lists'], why: 'Only a PUT under an id of its own can be repeated safely' },
  },
  deleteList: {
    leaves: { todo_searches: 'It reads as much as a search, so it counts as one' },
    again: { status: 404, code: 'not_found', changes: ['todo_searches'], why: 'It is gone' },
  },
  batchTodos: {
    again: {
      status: 200,
      changes: ['todos'],
      why: 'Only with an Idempotency-Key can a batch be repeated safely',
    },
  },
}

/** Google runs the mailboxes of this domain, and so that of Alice. */
const ALICE_AT_GOOGLE = newPerson({ email: 'alice@example.com', hd: 'example.com' })

const queryOf = (start: string, person: Person): string => new URL(authorize(start, person).path).search

const valid = (operationId: string): ValidRequest => {
  const request = validRequests[operationId]
  if (!request) throw new Error(`There is no operation ${operationId}`)
  return request
}

const removeCopy = ({ session }: Owner) => env.KV.delete(`session:${session.id}`)

let resetToken = ''
let otherSession = ''

/** More cases of the same operations. */
const variants: Record<string, Subject> = {
  'getSession, when KV has no copy': { request: valid('getSession'), prepare: removeCopy },
  'getMe, when KV has no copy': { request: valid('getMe'), prepare: removeCopy },
  'signUp, with a proven contact': {
    request: { ...valid('signUp'), body: ({ proofs }) => ({ verificationTokens: [proofs.email] }) },
    again: {
      status: 403,
      code: 'invalid_verification_token',
      why: 'The token is spent, and the account is there',
      next: canUseNewCode('new-alice@example.com', 'log_in'),
    },
  },
  'logIn, with a wrong password': {
    request: { ...valid('logIn'), body: ({ username }) => ({ identifier: username, password: 'wrong' }) },
  },
  'logInByCode, for the first time': {
    request: { ...valid('logInByCode'), body: ({ codes }) => codes.firstLogIn },
    again: { ...SPENT, next: canUseNewCode('new-alice@example.com', 'log_in') },
  },
  'finishSocialLogIn, with an identity that joins an account': {
    request: {
      ...valid('finishSocialLogIn'),
      query: ({ atProvider }) => queryOf(atProvider, ALICE_AT_GOOGLE),
    },
    leaves: NOTICE,
    again: SPENT_STATE,
    isOver: SPENT_STATE,
  },
  'finishSocialLogIn, with a known identity': {
    request: {
      ...valid('finishSocialLogIn'),
      query: ({ atProvider }) => queryOf(atProvider, newPerson({ subject: 'of-alice' })),
    },
    again: SPENT_STATE,
    isOver: SPENT_STATE,
  },
  'exchangeSocialCode, of a known identity': {
    request: { ...valid('exchangeSocialCode'), body: ({ identities }) => identities.own.exchange },
    again: { ...SPENT_PROOF, code: 'invalid_exchange_code' },
  },
  'linkIdentity, with an ID token': {
    request: {
      ...valid('linkIdentity'),
      body: ({ identities: { other } }) => ({
        provider: 'google',
        idToken: other.idToken,
        nonce: other.nonce,
        currentPassword: PASSWORD,
      }),
    },
    leaves: NOTICE,
    again: { status: 200, why: 'It is linked' },
  },
  'linkIdentity, of an identity that is linked already': {
    request: { ...valid('linkIdentity'), body: ({ identities }) => identities.own.exchange },
  },
  'unlinkIdentity, which has to wait': {
    request: { ...valid('unlinkIdentity'), body: () => ({}) },
    prepare: async (owner) => {
      await env.DB.prepare('UPDATE identities SET created_at = 0 WHERE user_id = ?').bind(owner.user.id).run()
      await asIfByCode(owner, 'phone')
    },
    leaves: NOTICE,
  },
  'removePasskey, which has to wait': {
    request: { ...valid('removePasskey'), body: () => ({}) },
    prepare: async (owner) => {
      await env.DB.prepare('UPDATE passkeys SET created_at = 0 WHERE user_id = ?').bind(owner.user.id).run()
      await asIfByCode(owner, 'phone')
    },
    leaves: NOTICE,
  },
  'logInByPasskey, whose counter has gone back, and which stops the removal of the passkey': {
    ...expectations['logInByPasskey'],
    request: valid('logInByPasskey'),
    prepare: async (owner) => {
      await env.DB.prepare('UPDATE passkeys SET counter = 100 WHERE user_id = ?').bind(owner.user.id).run()
      await prepareRequest(owner, owner.passkeys.id)
    },
    leaves: NOTICE,
  },
  'logInBySecondFactor, by a passkey, which stops the removal of the passkey': {
    request: {
      ...valid('logInBySecondFactor'),
      body: ({ passkeys: { logIn } }) => ({ secondFactorToken: prepared.logIn.secondFactorToken, ...logIn }),
    },
    prepare: async (owner) => {
      await prepareSecondFactor(owner)
      await prepareRequest(owner, owner.passkeys.id)
    },
    leaves: NOTICE,
    again: {
      status: 403,
      code: 'invalid_second_factor_token',
      why: 'The token is spent, and the challenge too; the first factor begins again',
    },
  },
  'deleteMe, without the second factor': {
    request: { ...valid('deleteMe'), body: () => ({ currentPassword: PASSWORD }) },
    prepare: async (owner) => {
      await prepareSecondFactor(owner)
      await env.DB.prepare('UPDATE sessions SET second_factor_since = NULL').run()
    },
  },
  'exchangeSocialCode, which stops the removal of the identity': {
    request: { ...valid('exchangeSocialCode'), body: ({ identities }) => identities.own.exchange },
    prepare: (owner) => prepareRequest(owner, owner.identities.own.id),
    again: { ...SPENT_PROOF, code: 'invalid_exchange_code' },
  },
  'requestCode, for a contact with an account': {
    request: { ...valid('requestCode'), body: () => codeRequest('alice@example.com', 'reset_password') },
    leaves: {
      message_days: 'A row that counts no message is as good as no row',
      activity: 'It records messages, and none was sent',
    },
    again: {
      status: 429,
      code: 'too_many_codes',
      why: 'It counts as sent',
      next: canUseNewCode('alice@example.com', 'reset_password'),
    },
  },
  'refresh, with a token that was copied': {
    request: valid('refresh'),
    leaves: NOTICE,
    prepare: ({ session }) => env.DB.prepare('UPDATE sessions SET generation = 2 WHERE id = ?').bind(session.id).run(),
  },
  'refresh, whose answer got lost an hour ago': {
    request: valid('refresh'),
    prepare: ({ session }) =>
      env.DB.prepare(
        `UPDATE sessions SET generation = 1, rotated_on_device = 1, created_at = created_at - ?1,
          last_seen_at = last_seen_at - ?1 WHERE id = ?2`,
      )
        .bind(HOUR, session.id)
        .run(),
  },
  'changePassword, with a verification token': {
    request: {
      ...valid('changePassword'),
      body: () => ({ newPassword: NEW_PASSWORD, verificationToken: resetToken }),
    },
    leaves: NOTICE,
    prepare: async () => {
      resetToken = await verificationTokenFor({ channel: 'email', to: 'alice@example.com' }, 'reset_password')
    },
    again: {
      status: 403,
      code: 'invalid_verification_token',
      why: 'The token is spent, and the password is the new one',
      next: canLogIn('alice', NEW_PASSWORD),
    },
  },
  'deleteMe, soon after a log-in': { ...expectations['deleteMe'], request: { ...valid('deleteMe'), body: () => ({}) } },
  'endSession, of another device': {
    request: { ...valid('endSession'), parameter: () => otherSession },
    prepare: async ({ user, session }) => {
      const other = env.DB.prepare('SELECT id FROM sessions WHERE user_id = ? AND id <> ?').bind(user.id, session.id)
      otherSession = (await other.first<string>('id')) ?? ''
    },
    again: { status: 404, code: 'not_found', why: 'It has ended' },
  },
  'listTodos, with a search': {
    request: { ...valid('listTodos'), path: '/api/v1/todos?q=bread' },
    leaves: { todo_searches: 'It has the times of the searches, and every search counts' },
  },
  'createTodo, with an Idempotency-Key': {
    request: { ...valid('createTodo'), headers: { 'Idempotency-Key': 'a-key' } },
  },
  'batchTodos, with an Idempotency-Key': {
    request: { ...valid('batchTodos'), headers: { 'Idempotency-Key': 'a-key' } },
  },
  'createTodo, with a text like a stack trace': {
    ...expectations['createTodo'],
    request: { ...valid('createTodo'), body: () => ({ contents: `\n    at ${PASSWORD}` }) },
  },
}

// Every name above must be the name of an operation.
for (const name of Object.keys(expectations)) valid(name)

/** All operations of the document, and the variants. */
export const subjects: [name: string, subject: Subject][] = [
  ...Object.entries(validRequests).map(([name, request]): [string, Subject] => [
    name,
    { request, ...expectations[name] },
  ]),
  ...Object.entries(variants),
]
