import { env } from 'cloudflare:workers'
import { codeRequest } from '../helpers/codes'
import { PASSWORD } from '../helpers/people'
import { type Owner, type ValidRequest, validRequests } from '../helpers/requests'
import { verificationTokenFor } from '../helpers/tokens'
import { type Aftermath, asksAnew, isSignedOut, logsIn, NEW_PASSWORD } from './steps'

/*
 * What is expected of each operation when a call goes wrong, beyond what is expected of all.
 */

/** What the same request comes to once it has taken effect and the answer was lost. */
export interface Again {
  status: number
  code?: string
  /** The tables that it changes once more. */
  changes?: string[]
  why: string
  /** How the client gets there all the same. */
  next?: (aftermath: Aftermath) => Promise<void>
}

export interface Subject {
  request: ValidRequest
  /** Brings about what the request meets, beyond what everybody starts with. */
  prepare?: (owner: Owner) => Promise<unknown>
  /** By default the same answer, and nothing changes any more. */
  again?: Again
  /** Tables that a failure may leave neither as they were nor as they should become, and why that does no harm. */
  leaves?: Record<string, string>
}

const SPENT = { status: 401, code: 'invalid_code', why: 'The code is spent' }
const WITH_CODE = {
  otp_guards: 'The code before is dead, and the one after it nobody has: as if it had been asked for',
}

/** Whom to tell, only the answer of the change itself says. */
const NOTICE = {
  notice_sends: 'A notice whose change got no answer is not sent; the activity tells of the change',
  sms_days: 'The same, where it is a text message',
}

const expectations: Record<string, Omit<Subject, 'request'>> = {
  signUp: {
    again: { status: 409, code: 'username_taken', why: 'The account is there', next: logsIn('carol', PASSWORD) },
  },
  logIn: {
    again: {
      status: 200,
      changes: ['sessions', 'activity'],
      why: 'Every log-in is a session of its own; nobody has the tokens of the first, and the owner can see and end it',
    },
  },
  requestCode: {
    leaves: WITH_CODE,
    again: {
      status: 429,
      code: 'too_many_codes',
      why: 'It counts as sent',
      next: asksAnew('carol@example.com', 'log_in'),
    },
  },
  verifyCode: { again: { ...SPENT, next: asksAnew('new-alice@example.com', 'verify') } },
  logInByCode: { again: { ...SPENT, next: asksAnew('alice@example.com', 'log_in') } },
  changePassword: {
    leaves: NOTICE,
    again: {
      status: 403,
      code: 'wrong_password',
      changes: ['activity'],
      why: 'It is the old one now, and such a try is told of',
      next: logsIn('alice', NEW_PASSWORD),
    },
  },
  updateMe: { leaves: NOTICE, again: { status: 200, changes: ['users'], why: 'It says when it was changed last' } },
  putEmail: { leaves: NOTICE },
  deleteEmail: { leaves: NOTICE },
  putPhone: { leaves: NOTICE },
  deletePhone: { leaves: NOTICE },
  deleteMe: {
    leaves: NOTICE,
    again: { status: 401, code: 'unauthenticated', why: 'The account is gone, and its sessions', next: isSignedOut },
  },
  endSession: {
    again: { status: 401, code: 'unauthenticated', why: 'It was the session that asks', next: isSignedOut },
  },
  exportMe: {
    leaves: { activity: 'It says that an export was asked for, whether or not it arrived' },
  },
  createTodo: {
    again: { status: 201, changes: ['todos'], why: 'What names an id or an Idempotency-Key can be asked for again' },
  },
  putTodo: { again: { status: 200, changes: ['todos'], why: 'Every change has a version' } },
  updateTodo: { again: { status: 200, changes: ['todos'], why: 'Every change has a version' } },
  deleteTodo: { again: { status: 404, code: 'not_found', why: 'It is gone' } },
  batchTodos: {
    again: { status: 200, changes: ['todos'], why: '`put` with an id of the client is what can be asked for again' },
  },
}

const valid = (operationId: string): ValidRequest => {
  const request = validRequests[operationId]
  if (!request) throw new Error(`There is no operation ${operationId}`)
  return request
}

const removeCopy = ({ session }: Owner) => env.KV.delete(`session:${session.id}`)

let resetToken = ''
let otherSession = ''

/** The same operations where they take another way. */
const more: Record<string, Subject> = {
  'getSession, where KV has no copy': { request: valid('getSession'), prepare: removeCopy },
  'getTodo, where KV has no copy': { request: valid('getTodo'), prepare: removeCopy },
  'signUp, with a proven contact': {
    request: { ...valid('signUp'), body: ({ proofs }) => ({ verificationTokens: [proofs.email] }) },
    again: {
      status: 403,
      code: 'invalid_verification_token',
      why: 'The token is spent, and the account is there',
      next: asksAnew('new-alice@example.com', 'log_in'),
    },
  },
  'logIn, with a wrong password': {
    request: { ...valid('logIn'), body: ({ username }) => ({ identifier: username, password: 'wrong' }) },
  },
  'logInByCode, for the first time': {
    request: { ...valid('logInByCode'), body: ({ codes }) => codes.firstLogIn },
    again: { ...SPENT, next: asksAnew('new-alice@example.com', 'log_in') },
  },
  'requestCode, of somebody with an account': {
    request: { ...valid('requestCode'), body: () => codeRequest('alice@example.com', 'reset_password') },
    leaves: { ...WITH_CODE, activity: 'It tells of messages, and none was sent' },
    again: {
      status: 429,
      code: 'too_many_codes',
      why: 'It counts as sent',
      next: asksAnew('alice@example.com', 'reset_password'),
    },
  },
  'refresh, with a token that was copied': {
    request: valid('refresh'),
    leaves: NOTICE,
    prepare: ({ session }) => env.DB.prepare('UPDATE sessions SET generation = 2 WHERE id = ?').bind(session.id).run(),
  },
  'changePassword, by a reset': {
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
      next: logsIn('alice', NEW_PASSWORD),
    },
  },
  'deleteMe, by a fresh log-in': { ...expectations['deleteMe'], request: { ...valid('deleteMe'), body: () => ({}) } },
  'endSession, of another device': {
    request: { ...valid('endSession'), parameter: () => otherSession },
    prepare: async ({ user, session }) => {
      const other = env.DB.prepare('SELECT id FROM sessions WHERE user_id = ? AND id <> ?').bind(user.id, session.id)
      otherSession = (await other.first<string>('id')) ?? ''
    },
    again: { status: 404, code: 'not_found', why: 'It has ended' },
  },
  'createTodo, with an Idempotency-Key': {
    request: { ...valid('createTodo'), headers: { 'Idempotency-Key': 'a-key' } },
  },
  'createTodo, with a text like the stack of an error': {
    ...expectations['createTodo'],
    request: { ...valid('createTodo'), body: () => ({ contents: `\n    at ${PASSWORD}` }) },
  },
}

// Every row above is about an operation that there is.
for (const name of Object.keys(expectations)) valid(name)

/** All operations of the document, and the same where they take another way. */
export const subjects: [name: string, subject: Subject][] = [
  ...Object.entries(validRequests).map(([name, request]): [string, Subject] => [
    name,
    { request, ...expectations[name] },
  ]),
  ...Object.entries(more),
]
