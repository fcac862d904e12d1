import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { vi } from 'vitest'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { billedClient, type Cost } from './billed-client'
import { type Answer, type Client, ORIGIN } from './client'
import { advanceClock, DAY, HOUR, MINUTE, setClock } from './clock'
import { type Challenge, codeFor, codeRequest, withOutboxToken } from './codes'
import { logIn, PASSWORD } from './people'
import { prepareRequest, STOP_TOKEN } from './removal-requests'
import { Timers } from './timers'
import { verificationTokenFor } from './tokens'
import { useIdentities } from './use-identities'
import { useImport } from './use-import'
import { useOperator } from './use-operator'
import { usePasskeys } from './use-passkeys'
import { useSecondFactor } from './use-second-factor'
import { wayBackTokenFor } from './way-back'

const PHONE = '+821012345678'
const EMAIL = 'alice@example.com'
const NEW_PASSWORD = 'a better horse'
const NOON = Date.parse('2026-12-01T12:00:00.000Z')

export interface Measuring {
  client: Client
  /** Makes a request by `client`, and measures it under this name. Answers with its body. */
  measure: <Body>(name: string, act: () => Promise<Answer<Body>>) => Promise<Body>
}

/** Uses every route as people do, and measures it. `statements` has all SQL, with the newest parameters. */
export async function useEverything(): Promise<{ costs: Record<string, Cost>; statements: Map<string, unknown[]> }> {
  const statements = new Map<string, unknown[]>()
  const costs: Record<string, Cost> = {}
  const timers = new Timers()
  timers.install()
  setClock(NOON)
  const { client, costOf } = billedClient(timers, statements)
  const measure: Measuring['measure'] = async <Body>(name: string, act: () => Promise<Answer<Body>>) => {
    const answer = Promise.withResolvers<Answer<Body>>()
    costs[name] = await costOf(async () => answer.resolve(await act()))
    return (await answer.promise).body
  }
  try {
    await beginCounts()
    const uses = [
      useService,
      useAccount,
      useTodos,
      useSessions,
      useCodes,
      useContacts,
      usePhone,
      useIdentities,
      usePasskeys,
      useOperator,
      useSecondFactor,
      useLists,
      useImport,
    ]
    for (const use of uses) await use({ client, measure })
  } finally {
    timers.clear()
    vi.unstubAllGlobals()
  }
  return { costs, statements }
}

/** Begins the counts of this hour and this day, as an earlier request would have. The first request of an hour writes one row more. */
async function beginCounts(): Promise<void> {
  const [hour, day] = [Math.floor(NOON / HOUR), Math.floor(NOON / DAY)]
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO hour_counts SELECT value, ?, 1 FROM json_each('["new_accounts", "wrong_codes", "wrong_passwords"]')`,
    ).bind(hour),
    env.DB.prepare(
      `INSERT INTO message_days SELECT ?, channel.value, pool.value, 1, 0
       FROM json_each('["sms", "email"]') channel, json_each('["notices", "known_devices", "strangers"]') pool`,
    ).bind(day),
  ])
}

async function useService({ client, measure }: Measuring): Promise<void> {
  await measure('ping', () => client.get(`${ORIGIN}/`))
  await measure('health', () => client.get(`${ORIGIN}/health`))
  await measure('page of a problem', () => client.get(`${ORIGIN}/problems/not_found`))
  await measure('outbox', () => client.get(`${ORIGIN}/dev/outbox`, { headers: withOutboxToken() }))
}

async function useAccount({ client, measure }: Measuring): Promise<void> {
  const credentials = { identifier: 'alice', password: PASSWORD }
  await measure('sign-up', () => client.post('/auth/sign-up', { username: 'alice', password: PASSWORD }))
  await client.post('/auth/log-out')
  await measure('log-in', () => client.post('/auth/log-in', credentials))
  await measure('log-in, signed in already', () => client.post('/auth/log-in', credentials))
  await measure('log-in, wrong password', () => client.post('/auth/log-in', { ...credentials, password: 'wrong' }))
  await measure('log-in, unknown', () => client.post('/auth/log-in', { identifier: 'nobody', password: 'wrong' }))
  await measure('session', () => client.get('/auth/session'))
  await measure('profile', () => client.get('/users/me'))
  await measure('profile change', () => client.patch('/users/me', { name: 'Alice' }))
  await measure('user name', () => client.patch('/users/me', { username: 'alicia' }))
  await measure('activity', () => client.get('/users/me/activity?limit=1'))
  const { body } = await client.get<{ nextCursor: string }>('/users/me/activity?limit=1')
  await measure('activity, next page', () => client.get(`/users/me/activity?cursor=${body.nextCursor}`))
  await measure('export', () => client.get('/users/me/export'))
  await measure('export, as iCalendar', () => client.get('/users/me/export?format=ics'))
  const { url } = await measure('calendar link', () => client.post<{ url: string }>('/users/me/calendar-feed'))
  await measure('calendar link, when made', () => client.get('/users/me/calendar-feed'))
  await measure('calendar', () => client.get(url))
  await measure('calendar link, ended', () => client.delete('/users/me/calendar-feed'))
}

async function useTodos({ client, measure }: Measuring): Promise<void> {
  const todo = { contents: 'Buy milk', labels: ['home'], dueAt: '2026-12-24T18:00:00Z' }
  const create = (headers = {}) => client.post<{ id: string }>('/todos', todo, { headers })
  const { body } = await create()
  const path = `/todos/${body.id}`
  await measure('to-do create', () => create())
  await measure('to-do create, once', () => create({ 'Idempotency-Key': 'k' }))
  await measure('to-do create, once, again', () => create({ 'Idempotency-Key': 'k' }))
  const put = `/todos/${uuidv7()}`
  await measure('to-do put', () => client.put(put, todo))
  await measure('to-do put, again', () => client.put(put, todo))
  await measure('to-do get', () => client.get(path))
  await measure('to-do complete', () => client.patch(path, { isDone: true }))
  await measure('to-do complete, again', () => client.patch(path, { isDone: true }))
  await measure('to-do change', () => client.patch(path, { contents: 'Buy bread', isDone: false }))
  await measure('to-do delete', () => client.delete(path))
  await measure('to-do restore', () => client.post(`${path}/restore`))
  const operations = Array.from({ length: 100 }, (_, n) => ({ op: 'create', todo: { ...todo, isDone: n % 2 === 0 } }))
  await measure('to-do batch of 100', () => client.post('/todos/batch', { operations }))
  const change = { operations: [{ op: 'update', id: body.id, patch: { contents: 'Buy tea' } }] }
  const batchOnce = () => client.post('/todos/batch', change, { headers: { 'Idempotency-Key': 'k2' } })
  await measure('to-do batch, once', batchOnce)
  await measure('to-do batch, once, again', batchOnce)
  await measure('to-do list of 50', () => client.get('/todos'))
  await measure('to-do list of 50, open', () => client.get('/todos?isDone=false&sort=dueAt'))
  await measure('to-do list of 50, open, by priority', () => client.get('/todos?isDone=false&sort=priority'))
  await measure('to-do list by ids', () => client.get(`/todos?ids=${body.id}`))
  await measure('to-do counts, of 50', () => client.get('/todos/counts'))
  // The first search of a user makes the row that counts them.
  await client.get('/todos?isDone=true')
  await measure('to-do list of 50, done', () => client.get('/todos?isDone=true'))
  const page = await client.get<{ nextCursor: string }>('/todos?limit=1')
  await measure('to-do list, next page', () => client.get(`/todos?limit=1&cursor=${page.body.nextCursor}`))
  const search =
    'label=home&priority=none&q=milk&dueAfter=2026-12-01T00:00:00Z&dueBefore=2027-01-01T00:00:00Z&sort=dueAt'
  await measure('to-do search', () => client.get(`/todos?${search}`))
  await measure('to-do changes', () => client.get('/todos/changes?limit=1'))
  const changes = await client.get<{ nextToken: string }>('/todos/changes?limit=1')
  await measure('to-do changes, next page', () => client.get(`/todos/changes?since=${changes.body.nextToken}`))
}

/** Lists, and the changes of to-dos with them. */
async function useLists({ client, measure }: Measuring): Promise<void> {
  await client.post('/auth/sign-up', { username: 'lena', password: PASSWORD })
  const { id } = await measure('list create', () => client.post<{ id: string }>('/lists', { name: 'Groceries' }))
  const otherId = uuidv7()
  const other = `/lists/${otherId}`
  await measure('list put', () => client.put(other, { name: 'Work' }))
  await measure('list put, again', () => client.put(other, { name: 'Work' }))
  await measure('list change', () => client.patch(other, { position: 'm' }))
  await measure('list get', () => client.get(other))
  await measure('lists', () => client.get('/lists'))
  const { nextToken } = await measure('to-do changes, with lists', () =>
    client.get<{ nextToken: string }>('/todos/changes'),
  )
  await measure('to-do changes, with known lists', () => client.get(`/todos/changes?since=${nextToken}`))
  const fill = (listId: string) =>
    client.post('/todos/batch', {
      operations: Array.from({ length: 10 }, (_, n) => ({ op: 'create', todo: { contents: `${n}`, listId } })),
    })
  await fill(id)
  // The first search of a user makes the row that counts them.
  await client.delete(`/lists/${uuidv7()}`)
  await measure('list delete, 10 to-dos moved', () => client.delete(`/lists/${id}?todos=move`))
  await fill(otherId)
  await measure('list delete, not empty', () => client.delete(other))
  await measure('list delete, 10 to-dos deleted', () => client.delete(`${other}?todos=delete`))
}

/** Sessions. Before each request that ends other sessions, another client logs in. */
async function useSessions({ client, measure }: Measuring): Promise<void> {
  const before = new Map(client.cookies)
  await measure('refresh', () => client.post('/auth/refresh'))
  // As if the answer had got lost a minute ago.
  for (const [name, value] of before) client.cookies.set(name, value)
  await env.DB.prepare('UPDATE sessions SET created_at = created_at - 60000, last_seen_at = last_seen_at - 60000').run()
  await measure('refresh, repeated', () => client.post('/auth/refresh'))
  await measure('sessions', () => client.get('/auth/sessions'))
  await logIn('alicia')
  await measure('other sessions, ended', () => client.delete('/auth/sessions'))
  const { session } = await logIn('alicia')
  await measure('session, ended', () => client.delete(`/auth/sessions/${session.id}`))
  await logIn('alicia')
  const change = { newPassword: NEW_PASSWORD, currentPassword: PASSWORD }
  await measure('password', () => client.put('/auth/password', change))
  await measure('log-out', () => client.post('/auth/log-out'))
  const again = await logIn('alicia', client, NEW_PASSWORD)
  await env.KV.delete(`session:${again.session.id}`)
  await measure('session, KV miss', () => client.get('/auth/session'))
  await measure('account deletion, not proven', () => client.delete('/users/me', { currentPassword: 'wrong' }))
  await measure('account deletion', () => client.delete('/users/me', { currentPassword: NEW_PASSWORD }))
}

/** Asks for a code, and answers with it. */
async function askFor({ client, measure }: Measuring, name: string, request: ReturnType<typeof codeRequest>) {
  const { challengeId } = await measure(name, () => client.post<Challenge>('/auth/otp', request))
  return { challengeId, code: await codeFor(request.to, { purpose: request.purpose }) }
}

/** Codes by e-mail. */
async function useCodes(measuring: Measuring): Promise<void> {
  const { client, measure } = measuring
  const verify = (guess: object) => client.post<{ verificationToken: string }>('/auth/otp/verify', guess)
  const asked = await askFor(measuring, 'code by e-mail', codeRequest(EMAIL, 'verify'))
  await measure('code, wrong', () => verify({ ...asked, code: '000000' }))
  const { verificationToken } = await measure('code, verified', () => verify(asked))
  await measure('availability', () => client.post('/users/availability', { verificationToken }))
  await measure('sign-up, by contact', () => client.post('/auth/sign-up', { verificationTokens: [verificationToken] }))
  await client.post('/auth/log-out')
  const known = await askFor(measuring, 'code by e-mail, to its owner', codeRequest(EMAIL, 'log_in'))
  await measure('log-in by code', () => client.post('/auth/otp/log-in', known))
  await measure('password, first', () => client.put('/auth/password', { newPassword: PASSWORD }))
  // The password is then younger than the account.
  advanceClock(MINUTE)
  const reset = await askFor(measuring, 'code to reset', codeRequest(EMAIL, 'reset_password'))
  const { body: proof } = await verify(reset)
  await measure('password reset', () =>
    client.put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken: proof.verificationToken }),
  )
  client.cookies.delete('__Host-device')
  const credentials = { identifier: EMAIL, password: NEW_PASSWORD }
  await measure('log-in, new device, with notice', () => client.post('/auth/log-in', credentials))
}

/** Makes all changes of accounts two days older, so that the limit of a day does not count them. */
const ageChanges = () =>
  env.DB.prepare('UPDATE past_identifiers SET changed_at = changed_at - ?')
    .bind(2 * DAY)
    .run()

/** Contacts. The client is signed in, by a password that is new. */
async function useContacts({ client, measure }: Measuring): Promise<void> {
  const proofOf = async (to: string) => ({
    verificationToken: await verificationTokenFor({ channel: to.includes('@') ? 'email' : 'sms', to }),
  })
  await ageChanges()
  const phone = await proofOf(PHONE)
  await measure('phone', () => client.put('/users/me/phone', phone))
  await measure('phone, set again', () => client.put('/users/me/phone', phone))
  const email = await proofOf('new@example.com')
  await measure('e-mail, asked to be replaced', () => client.put('/users/me/email', email))
  await env.DB.prepare('DELETE FROM removal_requests').run()
  const { body } = await client.get<SessionAnswer>('/auth/session')
  await prepareRequest(body)
  await measure('request, stopped', () => client.post('/users/removal-requests/stop', { token: STOP_TOKEN }))
  // As if the account had had its password for long.
  await env.DB.batch(
    ['UPDATE users SET password_changed_at = 0', 'UPDATE sessions SET proven_since = 0'].map((sql) =>
      env.DB.prepare(sql),
    ),
  )
  await measure('e-mail, replaced', () => client.put('/users/me/email', email))
  await measure('e-mail, removed', () => client.delete('/users/me/email'))
  const token = await wayBackTokenFor(EMAIL)
  await ageChanges()
  await client.put('/users/me/email', await proofOf('newer@example.com'))
  await measure('phone, removed', () => client.delete('/users/me/phone'))
  const proof = { token, password: NEW_PASSWORD }
  await measure('changes, taken back', () => client.post('/auth/way-back', proof))
}

/** Codes by SMS, and a log-in that makes an account. */
async function usePhone(measuring: Measuring): Promise<void> {
  const { client, measure } = measuring
  await client.post('/auth/log-out')
  const asked = await askFor(measuring, 'code by SMS', codeRequest('+821087654321', 'log_in'))
  await measure('log-in by code, new account', () => client.post('/auth/otp/log-in', asked))
  await measure('account deletion, freshly logged in', () => client.delete('/users/me'))
}
