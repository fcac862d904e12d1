import { env } from 'cloudflare:workers'
import type { List } from '../../src/todos/lists/schemas'
import type { Todo } from '../../src/todos/schemas'
import { type Answer, type Client, ORIGIN, type ProblemBody } from './client'
import type { IdentityProofs } from './identities'
import { withOperatorToken } from './operator'
import type { OwnPasskeys } from './passkeys'
import { logIn, PASSWORD, type Person } from './people'
import { prepared, prepareSecondFactor, prepareSetUp } from './prepare-second-factor'
import { authorize, newPerson } from './providers'
import { prepareRequest, STOP_TOKEN } from './removal-requests'
import { prepareWayBack, WAY_BACK_TOKEN } from './way-back'

/** A challenge and the code that solves it. */
export interface Guess {
  challengeId: string
  code: string
}

/** Somebody signed in, with an e-mail address, a to-do and a list, and with tokens and codes that are not used yet. */
export interface Owner extends Person {
  todo: Todo
  /** A list that no to-do is in. */
  list: List
  /** Verification tokens for contacts that nobody has. */
  proofs: { email: string; phone: string }
  /** Codes to verify a contact, to log in, and to log in with a new contact. */
  codes: { verify: Guess; logIn: Guess; firstLogIn: Guess }
  /** The identity at Google that this user has, and proofs of it and of another one, which nobody has. */
  identities: { own: IdentityProofs & { id: string }; other: IdentityProofs }
  passkeys: OwnPasskeys
  /** The token of the link to the calendar of this user. */
  feedToken: string
  /** Where Google was asked to log this browser in, ten minutes ago at most. */
  atProvider: string
}

/** A valid request to an operation, from the owner of the object that it is about. */
export interface ValidRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As in the OpenAPI document. */
  path: string
  /** The operation needs a signed-in user. */
  needsUser?: true
  /** The operation needs a signed-in user for this body, though not for others. */
  needsUserAsSent?: true
  /** A GET that asks D1 whether the session lives. So it refuses a session that has just ended, while other GETs may accept it. */
  asksD1?: true
  /** The id is the client's own: under one that another user has, it makes something of its own. */
  takesAnyId?: true
  /** Tables that count the request, also where it is refused. */
  counted?: string[]
  /** It is not a GET, and still writes nothing. */
  changesNothing?: true
  /** Prepares something that the request can change. */
  prepare?: (owner: Owner) => Promise<unknown>
  /** The value of the parameter in the path. */
  parameter?: (owner: Owner) => string
  /** The query, with its question mark. */
  query?: (owner: Owner) => string
  body?: (owner: Owner) => object
  /** The body is a file, which is JSON only here: other types and other JSON are no mistakes of the same kind. */
  takesFile?: true
  headers?: Record<string, string>
}

/** Somebody at Google who has no account here. */
const NEWCOMER = newPerson()

const NEW_PASSWORD = 'another horse battery staple'

/** Requests of an operator, about the account of the owner. */
const byOperator = { headers: withOperatorToken(), parameter: ({ user }: Owner) => user.id }

/**
 * Every operation of the OpenAPI document, by its `operationId`. Tests that apply to every route read this table. A test
 * compares it with the document, and fails when a new route is missing here.
 */
export const validRequests: Record<string, ValidRequest> = {
  ping: { method: 'GET', path: '/' },
  health: { method: 'GET', path: '/health' },
  explainProblem: { method: 'GET', path: '/problems/{code}', parameter: () => 'not_found' },
  signUp: {
    method: 'POST',
    path: '/api/v1/auth/sign-up',
    body: () => ({ username: 'carol', password: PASSWORD }),
  },
  logIn: {
    method: 'POST',
    path: '/api/v1/auth/log-in',
    body: ({ username }) => ({ identifier: username, password: PASSWORD }),
  },
  refresh: { method: 'POST', path: '/api/v1/auth/refresh', body: () => ({}) },
  logOut: { method: 'POST', path: '/api/v1/auth/log-out', body: () => ({}) },
  getSession: { method: 'GET', path: '/api/v1/auth/session', needsUser: true },
  requestCode: {
    method: 'POST',
    path: '/api/v1/auth/otp',
    body: () => ({ channel: 'email', to: 'carol@example.com', purpose: 'log_in' }),
  },
  verifyCode: { method: 'POST', path: '/api/v1/auth/otp/verify', body: ({ codes }) => codes.verify },
  logInByCode: { method: 'POST', path: '/api/v1/auth/otp/log-in', body: ({ codes }) => codes.logIn },
  logInBySecondFactor: {
    method: 'POST',
    path: '/api/v1/auth/second-factor',
    prepare: prepareSecondFactor,
    body: () => prepared.logIn,
  },
  changePassword: {
    method: 'PUT',
    path: '/api/v1/auth/password',
    needsUserAsSent: true,
    body: () => ({ newPassword: NEW_PASSWORD, currentPassword: PASSWORD }),
  },
  getMe: { method: 'GET', path: '/api/v1/users/me', needsUser: true },
  updateMe: {
    method: 'PATCH',
    path: '/api/v1/users/me',
    needsUser: true,
    body: ({ username }) => ({ username: `${username}-2`, name: 'Alice Liddell' }),
  },
  deleteMe: {
    method: 'DELETE',
    path: '/api/v1/users/me',
    needsUser: true,
    body: () => ({ currentPassword: PASSWORD }),
  },
  listSessions: { method: 'GET', path: '/api/v1/auth/sessions', needsUser: true, asksD1: true },
  endSession: {
    method: 'DELETE',
    path: '/api/v1/auth/sessions/{id}',
    needsUser: true,
    parameter: ({ session }) => session.id,
    body: () => ({}),
  },
  endOtherSessions: {
    method: 'DELETE',
    path: '/api/v1/auth/sessions',
    needsUser: true,
    prepare: ({ username }) => logIn(username),
    body: () => ({ currentPassword: PASSWORD }),
  },
  listActivity: { method: 'GET', path: '/api/v1/users/me/activity', needsUser: true, asksD1: true },
  exportMe: { method: 'GET', path: '/api/v1/users/me/export', needsUser: true, asksD1: true },
  getCalendarFeed: {
    method: 'GET',
    path: '/api/v1/users/me/calendar-feed',
    needsUser: true,
    asksD1: true,
  },
  createCalendarFeed: {
    method: 'POST',
    path: '/api/v1/users/me/calendar-feed',
    needsUser: true,
    body: () => ({ currentPassword: PASSWORD }),
  },
  deleteCalendarFeed: {
    method: 'DELETE',
    path: '/api/v1/users/me/calendar-feed',
    needsUser: true,
  },
  readCalendarFeed: {
    method: 'GET',
    path: '/calendar/{file}',
    parameter: ({ feedToken }) => `${feedToken}.ics`,
  },
  putEmail: {
    method: 'PUT',
    path: '/api/v1/users/me/email',
    needsUser: true,
    body: ({ proofs }) => ({ verificationToken: proofs.email }),
  },
  deleteEmail: {
    method: 'DELETE',
    path: '/api/v1/users/me/email',
    needsUser: true,
    body: () => ({ currentPassword: PASSWORD }),
  },
  putPhone: {
    method: 'PUT',
    path: '/api/v1/users/me/phone',
    needsUser: true,
    body: ({ proofs }) => ({ verificationToken: proofs.phone }),
  },
  deletePhone: {
    method: 'DELETE',
    path: '/api/v1/users/me/phone',
    needsUser: true,
    prepare: ({ client, proofs }) => client.put('/users/me/phone', { verificationToken: proofs.phone }),
    body: () => ({ currentPassword: PASSWORD }),
  },
  stopRemovalRequest: {
    method: 'POST',
    path: '/api/v1/users/removal-requests/stop',
    prepare: prepareRequest,
    body: () => ({ token: STOP_TOKEN }),
  },
  undoChanges: {
    method: 'POST',
    path: '/api/v1/auth/way-back',
    prepare: prepareWayBack,
    body: () => ({ token: WAY_BACK_TOKEN, password: PASSWORD }),
  },
  listProviders: { method: 'GET', path: '/api/v1/auth/social' },
  beginSocialLogIn: { method: 'GET', path: '/api/v1/auth/social/{provider}', parameter: () => 'google' },
  finishSocialLogIn: {
    method: 'GET',
    path: '/api/v1/auth/social/{provider}/callback',
    parameter: () => 'google',
    query: ({ atProvider }) => new URL(authorize(atProvider, NEWCOMER).path).search,
  },
  logInByIdToken: {
    method: 'POST',
    path: '/api/v1/auth/social/{provider}',
    parameter: () => 'google',
    body: ({ identities: { other } }) => ({ idToken: other.idToken, nonce: other.nonce }),
  },
  exchangeSocialCode: {
    method: 'POST',
    path: '/api/v1/auth/social/exchange',
    body: ({ identities }) => identities.other.exchange,
  },
  beginLink: {
    method: 'POST',
    path: '/api/v1/auth/social/{provider}/link',
    needsUser: true,
    changesNothing: true,
    parameter: () => 'google',
    body: () => ({ currentPassword: PASSWORD }),
  },
  listIdentities: { method: 'GET', path: '/api/v1/users/me/identities', needsUser: true, asksD1: true },
  linkIdentity: {
    method: 'POST',
    path: '/api/v1/users/me/identities',
    needsUser: true,
    body: ({ identities }) => ({ linkToken: identities.other.linkToken, currentPassword: PASSWORD }),
  },
  unlinkIdentity: {
    method: 'DELETE',
    path: '/api/v1/users/me/identities/{id}',
    needsUser: true,
    parameter: ({ identities }) => identities.own.id,
    body: () => ({ currentPassword: PASSWORD }),
  },
  beginPasskeyLogIn: {
    method: 'POST',
    path: '/api/v1/auth/passkeys/options',
    changesNothing: true,
    body: () => ({}),
  },
  logInByPasskey: {
    method: 'POST',
    path: '/api/v1/auth/passkeys/log-in',
    body: ({ passkeys }) => passkeys.logIn,
  },
  beginPasskey: {
    method: 'POST',
    path: '/api/v1/users/me/passkeys/options',
    needsUser: true,
    changesNothing: true,
    body: () => ({ currentPassword: PASSWORD }),
  },
  addPasskey: {
    method: 'POST',
    path: '/api/v1/users/me/passkeys',
    needsUser: true,
    body: ({ passkeys }) => passkeys.another,
  },
  listPasskeys: { method: 'GET', path: '/api/v1/users/me/passkeys', needsUser: true, asksD1: true },
  renamePasskey: {
    method: 'PATCH',
    path: '/api/v1/users/me/passkeys/{id}',
    needsUser: true,
    parameter: ({ passkeys }) => passkeys.id,
    body: () => ({ name: 'My laptop' }),
  },
  removePasskey: {
    method: 'DELETE',
    path: '/api/v1/users/me/passkeys/{id}',
    needsUser: true,
    parameter: ({ passkeys }) => passkeys.id,
    body: () => ({ currentPassword: PASSWORD }),
  },
  getSecondFactor: { method: 'GET', path: '/api/v1/users/me/second-factor', needsUser: true, asksD1: true },
  beginTotp: {
    method: 'POST',
    path: '/api/v1/users/me/totp',
    needsUser: true,
    body: () => ({ currentPassword: PASSWORD }),
  },
  confirmTotp: {
    method: 'PUT',
    path: '/api/v1/users/me/totp',
    needsUser: true,
    prepare: prepareSetUp,
    body: () => prepared.confirmation,
  },
  deleteTotp: {
    method: 'DELETE',
    path: '/api/v1/users/me/totp',
    needsUser: true,
    prepare: prepareSecondFactor,
    body: () => ({ currentPassword: PASSWORD }),
  },
  createRecoveryCodes: {
    method: 'POST',
    path: '/api/v1/users/me/recovery-codes',
    needsUser: true,
    prepare: prepareSecondFactor,
    body: () => ({ currentPassword: PASSWORD }),
  },
  getAvailability: { method: 'POST', path: '/api/v1/users/availability', body: () => ({ username: 'carol' }) },
  getOutbox: {
    method: 'GET',
    path: '/dev/outbox',
    headers: { Authorization: `Bearer ${env.OUTBOX_TOKEN}` },
  },
  listTodos: { method: 'GET', path: '/api/v1/todos', needsUser: true, asksD1: true },
  createTodo: { method: 'POST', path: '/api/v1/todos', needsUser: true, body: () => ({ contents: 'Buy bread' }) },
  getTodo: {
    method: 'GET',
    path: '/api/v1/todos/{id}',
    needsUser: true,
    asksD1: true,
    parameter: ({ todo }) => todo.id,
  },
  putTodo: {
    method: 'PUT',
    path: '/api/v1/todos/{id}',
    needsUser: true,
    parameter: ({ todo }) => todo.id,
    body: () => ({ contents: 'Buy bread', labels: ['home'] }),
  },
  updateTodo: {
    method: 'PATCH',
    path: '/api/v1/todos/{id}',
    needsUser: true,
    parameter: ({ todo }) => todo.id,
    body: () => ({ contents: 'Buy bread' }),
  },
  deleteTodo: { method: 'DELETE', path: '/api/v1/todos/{id}', needsUser: true, parameter: ({ todo }) => todo.id },
  restoreTodo: {
    method: 'POST',
    path: '/api/v1/todos/{id}/restore',
    needsUser: true,
    prepare: ({ client, todo }) => client.delete(`/todos/${todo.id}`),
    parameter: ({ todo }) => todo.id,
  },
  listTodoChanges: { method: 'GET', path: '/api/v1/todos/changes', needsUser: true, asksD1: true },
  countTodos: { method: 'GET', path: '/api/v1/todos/counts', needsUser: true, asksD1: true },
  batchTodos: {
    method: 'POST',
    path: '/api/v1/todos/batch',
    needsUser: true,
    body: ({ todo }) => ({
      operations: [
        { op: 'create', todo: { contents: 'Buy bread' } },
        { op: 'update', id: todo.id, patch: { isDone: true } },
      ],
    }),
  },
  listLists: { method: 'GET', path: '/api/v1/lists', needsUser: true, asksD1: true },
  createList: { method: 'POST', path: '/api/v1/lists', needsUser: true, body: () => ({ name: 'Groceries' }) },
  getList: {
    method: 'GET',
    path: '/api/v1/lists/{id}',
    needsUser: true,
    asksD1: true,
    parameter: ({ list }) => list.id,
  },
  putList: {
    method: 'PUT',
    path: '/api/v1/lists/{id}',
    needsUser: true,
    takesAnyId: true,
    parameter: ({ list }) => list.id,
    body: () => ({ name: 'Groceries', position: 'm' }),
  },
  updateList: {
    method: 'PATCH',
    path: '/api/v1/lists/{id}',
    needsUser: true,
    parameter: ({ list }) => list.id,
    body: () => ({ name: 'Groceries' }),
  },
  deleteList: {
    method: 'DELETE',
    path: '/api/v1/lists/{id}',
    needsUser: true,
    parameter: ({ list }) => list.id,
    query: () => '?todos=move',
    counted: ['todo_searches'],
  },
  importTodos: {
    method: 'POST',
    path: '/api/v1/todos/import',
    needsUser: true,
    takesFile: true,
    query: () => '?dryRun=false',
    body: () => ({ kind: 'tasks#tasks', title: 'My Tasks', items: [{ id: 'one', title: 'Buy bread' }] }),
  },
  findAccount: {
    ...byOperator,
    method: 'POST',
    path: '/api/v1/operator/accounts/find',
    body: ({ username }) => ({ identifier: username }),
  },
  getAccount: { ...byOperator, method: 'GET', path: '/api/v1/operator/accounts/{id}' },
  exportAccount: { ...byOperator, method: 'GET', path: '/api/v1/operator/accounts/{id}/export' },
  endSessionsOfAccount: { ...byOperator, method: 'DELETE', path: '/api/v1/operator/accounts/{id}/sessions' },
  blockAccount: {
    ...byOperator,
    method: 'POST',
    path: '/api/v1/operator/accounts/{id}/block',
    body: () => ({ reason: 'Sends spam, ticket 1234' }),
  },
  unblockAccount: { ...byOperator, method: 'POST', path: '/api/v1/operator/accounts/{id}/unblock' },
  unlockAccount: { ...byOperator, method: 'POST', path: '/api/v1/operator/accounts/{id}/unlock' },
  eraseSecondFactorOfAccount: {
    ...byOperator,
    method: 'POST',
    path: '/api/v1/operator/accounts/{id}/erase-second-factor',
    prepare: prepareSecondFactor,
  },
  eraseAccount: { ...byOperator, method: 'DELETE', path: '/api/v1/operator/accounts/{id}' },
  getCounters: { ...byOperator, method: 'GET', path: '/api/v1/operator/counters' },
  getDoctor: { ...byOperator, method: 'GET', path: '/api/v1/operator/doctor' },
  listActs: { ...byOperator, method: 'GET', path: '/api/v1/operator/acts' },
}

/** How a request differs from the valid one. */
export interface Difference {
  client?: Client
  headers?: Record<string, string>
  body?: unknown
  /** The owner of the object that it is about. */
  about?: Owner
}

/** Sends the valid request of `owner`, with some difference. */
export function send(request: ValidRequest, owner: Owner, difference: Difference = {}): Promise<Answer<ProblemBody>> {
  const { client = owner.client, about = owner } = difference
  const headers = { ...request.headers, ...difference.headers }
  const body = 'body' in difference ? difference.body : request.body?.(owner)
  return client.request(request.method, urlOf(request, about), { headers, body })
}

/** The URL of a request about an object of `owner`. */
export const urlOf = ({ path, parameter, query }: ValidRequest, owner: Owner): string =>
  ORIGIN + path.replace(/\{\w+\}/, () => parameter?.(owner) ?? '') + (query?.(owner) ?? '')
