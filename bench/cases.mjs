// The cases that are measured: what each Worker is asked for.

import { v7 as uuidv7 } from 'uuid'
import { todo } from './people.mjs'

/** @typedef {import('./load.mjs').Request} Request */
/** @typedef {import('./people.mjs').Person} Person */

/**
 * Goals are ratios: our CPU a request to that of another, at most, and our requests a second to theirs, at least.
 * @typedef {{ cpu?: number, perSecond?: number }} Goal
 */

/**
 * @typedef {object} Case
 * @property {(person: Person) => Request} ours also for the least Worker
 * @property {((person: Person) => Request)=} peer
 * @property {{ least?: Goal, peer?: Goal }=} goals
 */

const BATCH = 100
const OPEN = 'limit=10&sort=dueAt&order=DESC&isDone=false'

/** @param {string} path @returns {(person: Person) => Request} */
const get = (path) => (person) => ({ method: 'GET', path, headers: person.headers })

/** @type {Record<string, Case>} */
export const cases = {
  ping: {
    ours: () => ({ method: 'GET', path: '/' }),
    peer: () => ({ method: 'GET', path: '/' }),
    goals: { least: { cpu: 1.15 }, peer: { cpu: 1.2, perSecond: 0.85 } },
  },
  session: {
    ours: get('/api/v1/auth/session'),
    peer: get('/api/auth/get-session'),
    goals: { least: { cpu: 1.25 }, peer: { cpu: 0.5, perSecond: 2 } },
  },
  list: {
    ours: get('/api/v1/todos?limit=10'),
    peer: get('/api/todos?limit=10'),
    goals: { least: { cpu: 1.1 }, peer: { cpu: 0.8, perSecond: 1.2 } },
  },
  open: { ours: get(`/api/v1/todos?${OPEN}`), peer: get(`/api/todos?${OPEN}`) },
  changes: { ours: get('/api/v1/todos/changes?limit=10') },
  create: {
    ours: ({ headers }) => ({ method: 'POST', path: '/api/v1/todos', headers, body: todo }),
    peer: ({ headers }) => ({ method: 'POST', path: '/api/todos', headers, body: todo }),
    goals: { least: { cpu: 1.4 }, peer: { cpu: 0.72, perSecond: 1.35 } },
  },
  // Puts the same to-dos each time, so that their number stays the same.
  batch: {
    ours: ({ headers }) => ({
      method: 'POST',
      path: '/api/v1/todos/batch',
      headers,
      body: { operations: Array.from({ length: BATCH }, () => ({ op: 'put', id: uuidv7(), todo })) },
    }),
  },
  // Each connection logs in as another user, because the throttle would stop five attempts at one account.
  'log-in': { ours: ({ logIn }) => logIn, peer: ({ logIn }) => logIn },
}

/**
 * All keys of a JSON value, sorted, at every depth. Our Worker and the least one must answer with the same ones.
 * @param {unknown} value
 * @returns {unknown}
 */
export function shapeOf(value) {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return null
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, shapeOf(inner)])
}
