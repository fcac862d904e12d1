import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { Client, settleBackground } from './helpers/client'
import { type Challenge, type CodeRequest, codeFor, codeRequest } from './helpers/codes'
import { logIn, PASSWORD } from './helpers/people'
import { explainPlans } from './helpers/query-plans'
import { type Cost, measuredClient } from './helpers/recorder'
import { verificationTokenFor } from './helpers/tokens'
import { wayBackTokenFor } from './helpers/way-back'

const PHONE = '+821012345678'

/** Uses every route once, as a person would, and measures it. */
async function useEverything() {
  const { client, cost, statements } = measuredClient()
  const costs: Record<string, Cost & { status: number }> = {}
  const measure = async (name: string, act: () => Promise<{ status: number }>) => {
    costs[name] = await cost(act)
  }
  await useAccount(client, measure)
  await useTodos(client, measure)
  await useSessions(client, measure)
  await useCodes(client, measure)
  await settleBackground()
  return { costs, statements }
}

type Measure = (name: string, act: () => Promise<{ status: number }>) => Promise<void>

async function useAccount(client: Client, measure: Measure): Promise<void> {
  await measure('ping', () => client.get(new URL('/', 'http://localhost').href))
  await measure('sign-up', () => client.post('/auth/sign-up', { username: 'alice', password: PASSWORD }))
  await measure('log-in', () => client.post('/auth/log-in', { identifier: 'alice', password: PASSWORD }))
  await logIn('alice')
  await measure('session', () => client.get('/auth/session'))
  await measure('profile', () => client.get('/users/me'))
  await measure('profile change', () => client.patch('/users/me', { username: 'alicia', name: 'Alice' }))
  await measure('activity', () => client.get('/users/me/activity?limit=1'))
  const { body } = await client.get<{ nextCursor: string }>('/users/me/activity?limit=1')
  await measure('activity, next page', () => client.get(`/users/me/activity?cursor=${body.nextCursor}`))
  await measure('export', () => client.get('/users/me/export'))
}

async function useTodos(client: Client, measure: Measure): Promise<void> {
  const todo = { contents: 'Buy milk', isDone: true, labels: ['home'], dueAt: '2026-12-24T18:00:00Z' }
  const id = uuidv7()
  await measure('to-do create', () => client.post('/todos', todo))
  await measure('to-do put', () => client.put(`/todos/${id}`, todo))
  await measure('to-do get', () => client.get(`/todos/${id}`))
  await measure('to-do list', () => client.get('/todos?limit=1'))
  await measure('to-do list, open', () => client.get('/todos?isDone=false&order=DESC'))
  await measure('to-do list, done', () => client.get('/todos?isDone=true'))
  const { body } = await client.get<{ nextCursor: string }>('/todos?limit=1')
  await measure('to-do list, next page', () => client.get(`/todos?limit=1&cursor=${body.nextCursor}`))
  await measure('to-do patch', () => client.patch(`/todos/${id}`, { isDone: false }))
  await measure('to-do delete', () => client.delete(`/todos/${id}`))
  await measure('to-do restore', () => client.post(`/todos/${id}/restore`))
  const once = () => client.post('/todos', todo, { headers: { 'Idempotency-Key': 'k' } })
  await measure('to-do create, once', once)
  await measure('to-do create, once, again', once)
  await measure('to-do list, search', () =>
    client.get(
      '/todos?sort=dueAt&label=home&priority=none&q=milk&dueAfter=2026-12-01T00:00:00Z&dueBefore=2027-01-01T00:00:00Z',
    ),
  )
  await measure('to-do changes', () => client.get('/todos/changes?limit=1'))
  const changes = await client.get<{ nextToken: string }>('/todos/changes?limit=1')
  await measure('to-do changes, next page', () => client.get(`/todos/changes?since=${changes.body.nextToken}`))
  const operations = Array.from({ length: 100 }, () => ({ op: 'create', todo }))
  await measure('to-do batch of 100', () => client.post('/todos/batch', { operations }))
}

/** Sessions. Before each request that ends other sessions, another client logs in. */
async function useSessions(client: Client, measure: Measure): Promise<void> {
  const newPassword = 'a better horse'
  await measure('refresh', () => client.post('/auth/refresh'))
  await measure('sessions', () => client.get('/auth/sessions'))
  await measure('other sessions, ended', () => client.delete('/auth/sessions'))
  const { session } = await logIn('alicia')
  await measure('session, ended', () => client.delete(`/auth/sessions/${session.id}`))
  await logIn('alicia')
  await measure('password', () => client.put('/auth/password', { newPassword, currentPassword: PASSWORD }))
  await measure('log-out', () => client.post('/auth/log-out'))
  const again = await logIn('alicia', client, newPassword)
  await env.KV.delete(`session:${again.session.id}`)
  await measure('session, KV miss', () => client.get('/auth/session'))
  await logIn('alicia', new Client(), newPassword)
  // Not measured. They only add the statements that record failed attempts to those whose plans are checked.
  await client.post('/auth/log-in', { identifier: 'alicia', password: PASSWORD })
  await client.delete('/users/me', { currentPassword: PASSWORD })
  await settleBackground()
  await measure('account deletion', () => client.delete('/users/me', { currentPassword: newPassword }))
}

/** Codes: each is asked for, and then used. */
async function useCodes(client: Client, measure: Measure): Promise<void> {
  const codeOf = async (name: string, request: CodeRequest): Promise<{ challengeId: string; code: string }> => {
    const since = Date.now()
    let challengeId = ''
    await measure(name, async () => {
      const answer = await client.post<Challenge>('/auth/otp', request)
      challengeId = answer.body.challengeId
      return answer
    })
    return { challengeId, code: await codeFor(request.to, { purpose: request.purpose, since }) }
  }
  const verify = async (name: string, guess: { challengeId: string; code: string }): Promise<string> => {
    let token = ''
    await measure(name, async () => {
      const answer = await client.post<{ verificationToken: string }>('/auth/otp/verify', guess)
      token = answer.body.verificationToken
      return answer
    })
    return token
  }
  const email = 'alice@example.com'
  const proof = await verify('otp/verify', await codeOf('otp by e-mail', codeRequest(email, 'verify')))
  await measure('availability of a contact', () => client.post('/users/availability', { verificationToken: proof }))
  await measure('availability of a user name', () => client.post('/users/availability', { username: 'alice' }))
  await measure('sign-up, proven', () => client.post('/auth/sign-up', { verificationTokens: [proof] }))
  const known = await codeOf('otp, known', codeRequest(email, 'log_in'))
  await measure('otp/log-in', () => client.post('/auth/otp/log-in', known))
  await measure('password, freshly logged in', () => client.put('/auth/password', { newPassword: PASSWORD }))
  await logIn(email)
  const phone = await verify('otp/verify by SMS', await codeOf('otp by SMS', codeRequest(PHONE, 'verify')))
  await measure('phone', () => client.put('/users/me/phone', { verificationToken: phone }))
  await measure('phone, set again', () => client.put('/users/me/phone', { verificationToken: phone }))
  await measure('phone, asked to be removed', () => client.delete('/users/me/phone'))
  // As if the code to log in had gone there.
  await env.DB.batch([
    env.DB.prepare('UPDATE users SET phone_changed_at = 0'),
    env.DB.prepare(`UPDATE sessions SET proven_by = 'phone'`),
  ])
  await measure('phone, removed', () => client.delete('/users/me/phone'))
  const proofOfPhone = await verificationTokenFor({ channel: 'sms', to: PHONE })
  await measure('changes, taken back', async () => {
    const token = await wayBackTokenFor(email)
    return client.post('/auth/way-back', { token, verificationToken: proofOfPhone })
  })
  await logIn(email)
  const first = await codeOf('otp, unknown', codeRequest('+821087654321', 'log_in'))
  await measure('otp/log-in, first', () => client.post('/auth/otp/log-in', first))
  const reset = await verify('otp/verify to reset', await codeOf('otp to reset', codeRequest(email, 'reset_password')))
  await measure('password reset', () =>
    client.put('/auth/password', { newPassword: 'another horse', verificationToken: reset }),
  )
  await logIn(email, client, 'another horse')
  await measure('account deletion, freshly logged in', () => client.delete('/users/me'))
}

/** The calls of every route to D1 and KV, and the longest chain of calls that wait for one another. */
const ROUND_TRIPS = {
  ping: 'D1 0, KV 0, depth 0',
  'sign-up': 'D1 1, KV 1, depth 2',
  'log-in': 'D1 2, KV 1, depth 2',
  session: 'D1 0, KV 1, depth 1',
  profile: 'D1 1, KV 1, depth 1',
  activity: 'D1 1, KV 0, depth 1',
  'activity, next page': 'D1 1, KV 0, depth 1',
  // To-dos are read a page at a time, while the answer is being sent.
  export: 'D1 3, KV 0, depth 2',
  'profile change': 'D1 1, KV 2, depth 2',
  'to-do create': 'D1 1, KV 0, depth 1',
  'to-do put': 'D1 1, KV 0, depth 1',
  'to-do get': 'D1 1, KV 0, depth 1',
  'to-do list': 'D1 1, KV 0, depth 1',
  'to-do list, open': 'D1 1, KV 0, depth 1',
  'to-do list, done': 'D1 1, KV 0, depth 1',
  'to-do list, next page': 'D1 1, KV 0, depth 1',
  'to-do patch': 'D1 1, KV 0, depth 1',
  'to-do delete': 'D1 1, KV 0, depth 1',
  'to-do restore': 'D1 1, KV 0, depth 1',
  'to-do create, once': 'D1 1, KV 0, depth 1',
  'to-do create, once, again': 'D1 1, KV 0, depth 1',
  'to-do list, search': 'D1 1, KV 0, depth 1',
  'to-do changes': 'D1 1, KV 0, depth 1',
  'to-do changes, next page': 'D1 1, KV 0, depth 1',
  'to-do batch of 100': 'D1 1, KV 0, depth 1',
  refresh: 'D1 1, KV 1, depth 2',
  sessions: 'D1 1, KV 0, depth 1',
  'session, ended': 'D1 1, KV 1, depth 2',
  'other sessions, ended': 'D1 1, KV 1, depth 2',
  // A right current password also clears its failed attempts.
  password: 'D1 3, KV 1, depth 3',
  'password, freshly logged in': 'D1 2, KV 1, depth 3',
  'log-out': 'D1 1, KV 1, depth 1',
  'session, KV miss': 'D1 1, KV 2, depth 3',
  'account deletion': 'D1 4, KV 2, depth 4',
  'account deletion, freshly logged in': 'D1 2, KV 1, depth 3',
  'otp by e-mail': 'D1 1, KV 1, depth 2',
  'otp by SMS': 'D1 1, KV 1, depth 2',
  'otp, known': 'D1 1, KV 1, depth 2',
  'otp, unknown': 'D1 1, KV 1, depth 2',
  'otp to reset': 'D1 1, KV 1, depth 2',
  'otp/verify': 'D1 1, KV 1, depth 2',
  'otp/verify by SMS': 'D1 1, KV 1, depth 2',
  'otp/verify to reset': 'D1 1, KV 1, depth 2',
  'otp/log-in': 'D1 1, KV 2, depth 3',
  'otp/log-in, first': 'D1 1, KV 2, depth 3',
  'availability of a contact': 'D1 1, KV 0, depth 1',
  'availability of a user name': 'D1 1, KV 0, depth 1',
  'sign-up, proven': 'D1 1, KV 1, depth 2',
  phone: 'D1 1, KV 2, depth 2',
  'phone, set again': 'D1 1, KV 2, depth 2',
  'phone, asked to be removed': 'D1 1, KV 0, depth 1',
  'phone, removed': 'D1 1, KV 2, depth 2',
  'changes, taken back': 'D1 2, KV 2, depth 3',
  'password reset': 'D1 2, KV 1, depth 3',
}

/** A search may sort what it finds (`test/todos/plans.test.ts` bounds the rows), and a batch has at most 100 operations. */
const maySort = (plan: string): boolean => / LEFT JOIN "todos" INDEXED BY |FROM judged/.test(plan)

let everything: ReturnType<typeof useEverything> | undefined

/** Uses everything once for all tests of this file, because it takes a while. */
function useEverythingOnce(): ReturnType<typeof useEverything> {
  everything ??= useEverything()
  return everything
}

describe('round trips', () => {
  it('are as many as the table says, for every route', async () => {
    const { costs } = await useEverythingOnce()
    expect(Object.entries(costs).filter(([, { status }]) => status >= 400)).toEqual([])
    const paid = Object.fromEntries(
      Object.entries(costs).map(([name, { d1, kv, depth }]) => [name, `D1 ${d1}, KV ${kv}, depth ${depth}`]),
    )
    expect(paid).toEqual(ROUND_TRIPS)
  })
})

describe('query plans', () => {
  it('use an index: no statement of the app scans a table', async () => {
    const { statements } = await useEverythingOnce()
    expect(statements.size).toBeGreaterThan(95)
    const plans = (await explainPlans(statements)).map(({ sql, detail }) => `${detail} <- ${sql}`)
    // These scans read no table: constant rows, subqueries of constant rows, and JSON that was sent as a parameter.
    expect(
      plans.filter(
        (plan) =>
          /^SCAN (?!CONSTANT ROW|json_each (?:EXISTS )?VIRTUAL TABLE|(?:operation|judged|growth|usage) <-|newest LEFT-JOIN <-|\d+ CONSTANT ROWS|0-ROW VALUES CLAUSE|\(subquery-\d+\) <-)/.test(
            plan,
          ) ||
          (plan.includes('TEMP B-TREE') && !maySort(plan)),
      ),
    ).toEqual([])
  })
})
