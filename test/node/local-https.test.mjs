import { once } from 'node:events'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from '../../scripts/serve.mjs'

/* `npm run dev -- --local-protocol https`: for browsers and programs that keep no cookies by http. */

/** @type {Awaited<ReturnType<typeof serve>>} */
let server
beforeAll(async () => {
  server = await serve(['--local-protocol', 'https'])
}, 120_000)
afterAll(() => server?.stop())

/** Asks without checking the certificate, which the server has made itself. */
async function ask(method, url, { headers = {}, body } = {}) {
  const sent = request(new URL(url, server.origin), { method, headers, rejectUnauthorized: false }).end(body)
  const [answer] = await once(sent, 'response')
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) }
}

const cookiesOf = ({ headers }) => (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')

const form = (fields) => ({
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: server.origin },
  body: String(new URLSearchParams(fields)),
})

describe('by https', () => {
  it('the Worker is healthy, and the link for messages begins with https', async () => {
    expect(server.origin).toMatch(/^https:\/\/localhost:\d+$/)
    expect((await ask('GET', '/health')).status).toBe(200)
    const opened = await ask('GET', server.outboxLink, { headers: { Cookie: '__Host-probe=kept' } })
    expect(opened.status).toBe(303)
    expect(cookiesOf(opened)).toMatch(/^__Host-outbox=/)
  })

  it('people sign up on the pages', async () => {
    const { headers, body } = form({ username: 'alice', password: 'correct horse battery staple' })
    const probed = await ask('POST', '/console/sign-up', { headers, body })
    expect(probed.status).toBe(307)
    const Cookie = cookiesOf(probed)
    const signedUp = await ask('POST', probed.headers.location, { headers: { ...headers, Cookie }, body })
    expect([signedUp.status, signedUp.headers.location]).toEqual([303, '/console'])
    const list = await ask('GET', '/console', { headers: { Cookie: cookiesOf(signedUp) } })
    expect(list.status).toBe(200)
  })

  it('people log in with the test provider, which sends them back by https', async () => {
    const begun = await ask('GET', '/api/v1/auth/social/test?returnTo=/console')
    const asked = await fetch(begun.headers.location ?? '', { redirect: 'manual' })
    const Cookie = asked.headers.getSetCookie().map((line) => line.split(';', 1)[0])
    const page = new URL(asked.headers.get('Location') ?? '', begun.headers.location)
    const body = new URLSearchParams({ email: 'alice@example.com', email_verified: 'on' })
    const filledIn = await fetch(page, {
      method: 'POST',
      headers: { Cookie: Cookie.join('; ') },
      body,
      redirect: 'manual',
    })
    const on = new URL(filledIn.headers.get('Location') ?? '', page)
    const back = await fetch(on, { headers: { Cookie: Cookie.join('; ') }, redirect: 'manual' })
    const callback = back.headers.get('Location') ?? ''
    expect(callback.startsWith(`${server.origin}/api/v1/auth/social/test/callback?`)).toBe(true)
    const done = await ask('GET', callback, { headers: { Cookie: cookiesOf(begun) } })
    expect([done.status, done.headers.location]).toEqual([303, '/console'])
    expect(cookiesOf(done)).toContain('__Host-access=')
  })
})
