import { exports } from 'cloudflare:workers'
import { hc } from 'hono/client'
import { expect, it } from 'vitest'
import type { AppType } from '../src/app'
import { ORIGIN } from './helpers/client'
import { PASSWORD } from './helpers/people'

/** A typed client of the Worker itself. */
const clientWith = (headers: Record<string, string> = {}) =>
  hc<AppType>(ORIGIN, {
    headers,
    fetch: (input: RequestInfo | URL, init?: RequestInit) => exports.default.fetch(new Request(input, init)),
  }).api.v1

it('signs up, makes to-dos and lists them through the typed client', async () => {
  const signedUp = await clientWith().auth['sign-up'].$post({
    json: { username: 'alice', password: PASSWORD, tokens: 'body' },
  })
  expect(signedUp.status).toBe(201)
  if (signedUp.status !== 201) return
  const account = await signedUp.json()
  expect(account.user.username).toBe('alice')
  expect(account).toHaveProperty('accessToken', expect.any(String))
  if (!('accessToken' in account)) return

  const { auth, todos, users } = clientWith({ Authorization: `Bearer ${account.accessToken}` })
  const made = await todos.$post({ json: { contents: 'Buy milk', priority: 'high' } })
  expect({ status: made.status, body: await made.json() }).toMatchObject({
    status: 201,
    body: { contents: 'Buy milk', priority: 'high', isDone: false, version: 1 },
  })
  await todos.$post({ json: { contents: 'Buy bread', labels: ['home'] } })

  const page = await todos.$get({ query: { limit: '1', order: 'DESC' } })
  expect({ status: page.status, body: await page.json() }).toMatchObject({
    status: 200,
    body: { todos: [{ contents: 'Buy bread', labels: ['home'] }], nextCursor: expect.any(String) },
  })

  const renamed = await users.me.$patch({ json: { nickname: 'Al' } })
  expect({ status: renamed.status, body: await renamed.json() }).toMatchObject({
    status: 200,
    body: { nickname: 'Al' },
  })
  const out = await auth['log-out'].$post({ json: {} })
  expect({ status: out.status, text: await out.text() }).toEqual({ status: 204, text: '' })
  const refused = await todos.$post({ json: { contents: 'Too late' } })
  expect({ status: Number(refused.status), body: await refused.json() }).toMatchObject({
    status: 401,
    body: { code: 'unauthenticated' },
  })
})
