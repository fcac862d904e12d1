import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { openLatchkey } from '../packages/client/src/worker'
import { Latchkey } from '../src/service-binding'
import { aliceAndBob, endSessionButKeepCopy } from './helpers/alice-and-bob'
import { Authenticator as Passkey } from './helpers/authenticator'
import { failingD1 } from './helpers/bindings'
import { signUpWithContacts } from './helpers/devices'
import { addPasskey, logInByPasskey } from './helpers/passkeys'
import { logIn, outliveFreshProof, type Person, signUp } from './helpers/people'
import { logInWithBoth, turnOn } from './helpers/second-factor'
import { accessTokenOf } from './helpers/tokens'

/* What other Workers of the account get, over a service binding. */

const latchkey = openLatchkey(exports.Latchkey)

const NOTES = 'https://notes.example.com/notes'

describe('a service binding to Latchkey', () => {
  const { alice, bob } = aliceAndBob()

  const bearer = () => ({ Authorization: `Bearer ${accessTokenOf(alice())}` })
  const cookie = () => ({ Cookie: `__Host-access=${accessTokenOf(alice())}` })
  const ask = (headers: HeadersInit, method = 'GET') => new Request(NOTES, { method, headers })

  it.each([{ now: false }, { now: true }])('tells who made a request, $now', async (options) => {
    for (const request of [ask(bearer()), ask(cookie()), ask(bearer(), 'DELETE'), ask(cookie(), 'DELETE')]) {
      const expected = { user: { username: 'alice' }, session: { id: expect.any(String) } }
      expect(await latchkey.getSession(request, options)).toMatchObject(expected)
      expect(await latchkey.requireUser(request, options)).toMatchObject({ ok: true, ...expected })
    }
  })

  it.each(['HEAD', 'OPTIONS'])('tells it for %s too', async (method) => {
    for (const options of [{}, { now: true }]) {
      const expected = { ok: true, user: { username: 'alice' } }
      expect(await latchkey.requireUser(ask(bearer(), method), options)).toMatchObject(expected)
    }
    const refused = await latchkey.requireUser(ask({}, method))
    expect(refused).toMatchObject({ ok: false, response: { status: 401 } })
  })

  it('leaves the body to its caller', async () => {
    const request = new Request(NOTES, { method: 'POST', headers: bearer(), body: 'Buy milk' })
    expect(await latchkey.requireUser(request)).toMatchObject({ ok: true })
    expect(await request.text()).toBe('Buy milk')
  })

  it.each([
    { what: 'no token', headers: () => ({}), status: 401, code: 'unauthenticated' },
    { what: 'a wrong token', headers: () => ({ Authorization: 'Bearer x' }), status: 401, code: 'unauthenticated' },
    {
      what: 'two tokens',
      headers: () => ({ ...cookie(), Authorization: `Bearer ${accessTokenOf(bob())}` }),
      status: 400,
      code: 'ambiguous_credentials',
    },
    {
      what: 'the cookie, sent by another site',
      headers: () => ({ ...cookie(), 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }),
      status: 403,
      code: 'cross_site_request',
    },
  ])('refuses $what, with the answer to give', async ({ headers, status, code }) => {
    for (const options of [{}, { now: true }]) {
      const request = ask(headers(), 'POST')
      expect(await latchkey.getSession(request, options)).toBeNull()
      const found = await latchkey.requireUser(request, options)
      if (found.ok) throw new Error('It was not refused')
      expect(found.response.status).toBe(status)
      const { headers: answered } = found.response
      expect(answered.get('Content-Type')).toBe('application/problem+json')
      expect(answered.get('Cache-Control')).toBe('no-store')
      expect(await found.response.json()).toMatchObject({ code })
    }
  })

  it('takes the origin of the other Worker for its own site', async () => {
    const headers = { ...cookie(), Origin: 'https://notes.example.com' }
    expect(await latchkey.requireUser(ask(headers, 'POST'))).toMatchObject({ ok: true })
  })

  it('finds a session that has ended elsewhere for as long as KV has it, but not if D1 is asked', async () => {
    const request = ask(bearer())
    await endSessionButKeepCopy(alice())
    expect(await latchkey.getSession(request)).toMatchObject({ user: { username: 'alice' } })
    expect(await latchkey.getSession(request, { now: true })).toBeNull()
  })

  it('says nothing about a session while D1 does not answer', async () => {
    const withoutD1 = openLatchkey(new Latchkey(createExecutionContext(), { ...env, DB: failingD1() }))
    const found = await withoutD1.requireUser(ask(bearer()), { now: true })
    if (found.ok) throw new Error('It was not refused')
    expect({ status: found.response.status, body: await found.response.json() }).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    })
    await expect(withoutD1.getSession(ask(bearer()), { now: true })).rejects.toThrow('unavailable')
  })
})

describe('requireFresh', () => {
  const { alice } = aliceAndBob()

  const bearerOf = (person: Pick<Person, 'client'>) => ({ Authorization: `Bearer ${accessTokenOf(person)}` })
  const ask = (person: Pick<Person, 'client'>, options?: { maxAge?: number }, method = 'DELETE') =>
    latchkey.requireFresh(new Request(NOTES, { method, headers: bearerOf(person) }), options)

  async function refusalOf(asking: ReturnType<typeof ask>): Promise<unknown> {
    const found = await asking
    if (found.ok) throw new Error('It was not refused')
    expect([found.response.status, found.response.headers.get('Cache-Control')]).toEqual([403, 'no-store'])
    return found.response.json()
  }

  it.each(['DELETE', 'GET', 'HEAD'])('finds whoever has just logged in: %s', async (method) => {
    expect(await ask(await logIn('alice'), {}, method)).toMatchObject({ ok: true, user: { username: 'alice' } })
  })

  it('refuses a log-in that is older, and says by what the account can log in again', async () => {
    const owner = await signUpWithContacts('carol', ['carol@example.com'])
    await addPasskey(owner)
    await outliveFreshProof(owner)
    const refusal = { code: 'fresh_proof_required', methods: ['password', 'code', 'passkey'] }
    expect(await refusalOf(ask(owner))).toMatchObject(refusal)
    expect(await refusalOf(ask(owner, { maxAge: 600 }))).toMatchObject(refusal)
    expect(await ask(owner, { maxAge: 700 })).toMatchObject({ ok: true })
  })

  it('refuses a log-in without the second factor that the account has, however young', async () => {
    const carol = await signUp('carol')
    const old = await logIn('carol')
    expect(await ask(old)).toMatchObject({ ok: true })
    const authenticator = await turnOn(carol)
    expect(await refusalOf(ask(old))).toMatchObject({
      methods: ['password'],
      secondFactorCodes: ['totp', 'recovery_code'],
    })
    expect(await ask(carol)).toMatchObject({ ok: true })
    const both = await logInWithBoth('carol', authenticator)
    expect(await ask(both)).toMatchObject({ ok: true, user: { username: 'carol' } })
    // A refresh makes nothing younger, and does not forget the second factor.
    await outliveFreshProof(both)
    expect((await both.client.post('/auth/refresh')).status).toBe(200)
    expect(await refusalOf(ask(both))).toMatchObject({ code: 'fresh_proof_required' })
    expect(await ask(both, { maxAge: 86_400 })).toMatchObject({ ok: true })
  })

  it('takes a log-in by a passkey for one with the second factor', async () => {
    const carol = await signUp('carol')
    const passkey = new Passkey()
    await addPasskey(carol, passkey)
    const before = await logInByPasskey(passkey)
    await turnOn(carol)
    for (const one of [before, await logInByPasskey(passkey)]) expect(await ask(one)).toMatchObject({ ok: true })
  })

  it('refuses a session that has ended, at once', async () => {
    const owner = alice()
    await endSessionButKeepCopy(owner)
    const found = await ask(owner)
    expect(found).toMatchObject({ ok: false, response: { status: 401 } })
  })

  it('refuses other sites, and requests without a token', async () => {
    const headers = { Cookie: `__Host-access=${accessTokenOf(alice())}`, Origin: 'https://evil.example' }
    const cross = await latchkey.requireFresh(new Request(NOTES, { method: 'POST', headers }))
    expect(cross).toMatchObject({ ok: false, response: { status: 403 } })
    const nobody = await latchkey.requireFresh(new Request(NOTES, { method: 'POST' }))
    expect(nobody).toMatchObject({ ok: false, response: { status: 401 } })
  })

  it.each([0, -1, 1.5, 86_401, Number.NaN])('takes no age such as %s', async (maxAge) => {
    const head = { url: NOTES, method: 'DELETE', headers: new Headers(bearerOf(alice())) }
    const asking = new Latchkey(createExecutionContext(), env).requireFresh(head, { maxAge })
    await expect(asking).rejects.toThrow('maxAge is a whole number of seconds from 1 to 86400')
  })
})
