import type { Todo } from '../../src/todos/schemas'
import { type Answer, type Client, ORIGIN, type ProblemBody } from './client'
import { PASSWORD, type Person } from './people'

/** Somebody signed in, with a to-do. */
export interface Owner extends Person {
  todo: Todo
}

/** A valid request of an operation, for whoever owns what it is about. */
export interface ValidRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As the document has it. */
  path: string
  /** Whether only a signed-in user gets through. */
  needsUser?: true
  /** What stands in the braces of the path. */
  parameter?: (owner: Owner) => string
  body?: (owner: Owner) => Record<string, unknown>
}

const NEW_PASSWORD = 'another horse battery staple'

/**
 * Every operation of the OpenAPI document by its `operationId`. The suites that every route goes through read this table,
 * and a test holds it against the document: a new route stands here, or that test fails.
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
  changePassword: {
    method: 'PUT',
    path: '/api/v1/auth/password',
    needsUser: true,
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
  listTodos: { method: 'GET', path: '/api/v1/todos', needsUser: true },
  createTodo: { method: 'POST', path: '/api/v1/todos', needsUser: true, body: () => ({ contents: 'Buy bread' }) },
  getTodo: { method: 'GET', path: '/api/v1/todos/{id}', needsUser: true, parameter: ({ todo }) => todo.id },
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
}

/** What differs from the valid request of the owner. */
export interface Difference {
  client?: Client
  headers?: Record<string, string>
  body?: unknown
  /** Whose object it is about. */
  about?: Owner
}

/** Sends the request of `owner`, or what `difference` makes of it. */
export function send(request: ValidRequest, owner: Owner, difference: Difference = {}): Promise<Answer<ProblemBody>> {
  const { client = owner.client, headers = {}, about = owner } = difference
  const body = 'body' in difference ? difference.body : request.body?.(owner)
  return client.request(request.method, urlOf(request, about), { headers, body })
}

/** The address of a request about what `owner` owns. */
export const urlOf = ({ path, parameter }: ValidRequest, owner: Owner): string =>
  ORIGIN + path.replace(/\{\w+\}/, () => parameter?.(owner) ?? '')
