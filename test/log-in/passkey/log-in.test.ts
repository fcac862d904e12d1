import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { eventsOf } from '../../activity/read-activity'
import { Authenticator, EDDSA, ES256, RS256 } from '../../helpers/authenticator'
import { Client, type ProblemBody } from '../../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../../helpers/clock'
import { allMessagesTo } from '../../helpers/codes'
import { CHROME, device, signUpWithContacts } from '../../helpers/devices'
import { block } from '../../helpers/operator'
import { addPasskey, beginLogIn, logInByPasskey, passkeysOf, tryPasskey } from '../../helpers/passkeys'
import { PASSWORD, type Person, signUp, type Tokens } from '../../helpers/people'
import { expectNoChanges, rowsOf } from '../../helpers/storage'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'

beforeEach(() => setClock(NOON))

/** Alice with a passkey that is old, and no sessions but her first. */
async function aliceWith(authenticator: Authenticator): Promise<Person> {
  const alice = await signUpWithContacts('alice', [EMAIL])
  await addPasskey(alice, authenticator)
  advanceClock(MINUTE)
  return alice
}

const notices = async (purpose: string) => (await allMessagesTo(EMAIL)).filter((message) => message.purpose === purpose)

describe('a log-in by a passkey', () => {
  it.each([
    ['ES256', ES256],
    ['EdDSA', EDDSA],
    ['RS256', RS256],
  ] as const)('takes keys of %s', async (_, algorithm) => {
    const authenticator = new Authenticator({ algorithm })
    const alice = await aliceWith(authenticator)
    for (let n = 0; n < 3; n++) expect((await logInByPasskey(authenticator)).user.id).toBe(alice.user.id)
  })

  it('begins a session, and says so in the activity', async () => {
    const authenticator = new Authenticator()
    await aliceWith(authenticator)
    const again = await logInByPasskey(authenticator, device({ userAgent: CHROME }))
    expect((await eventsOf(again)).slice(0, 2)).toMatchObject([
      { event: 'new_device', sessionId: again.session.id },
      { event: 'log_in', by: 'passkey', sessionId: again.session.id },
    ])
    expect((await rowsOf('sessions')).find(({ id }) => id === again.session.id)).toMatchObject({
      proven_by: 'passkey',
      proven_since: NOON,
    })
    expect(await notices('new_device')).toHaveLength(1)
  })

  it('is of a known device the second time, and replaces the session of the browser', async () => {
    const authenticator = new Authenticator()
    await aliceWith(authenticator)
    const first = await logInByPasskey(authenticator)
    const second = await logInByPasskey(authenticator, first.client)
    expect(await notices('new_device')).toHaveLength(1)
    expect((await rowsOf('sessions')).map(({ id }) => id)).not.toContain(first.session.id)
    expect(second.session.id).not.toBe(first.session.id)
  })

  it('notes when the passkey was used, and what the authenticator says of its copies', async () => {
    const authenticator = new Authenticator({ counts: false })
    const alice = await aliceWith(authenticator)
    expect(await passkeysOf(alice)).toMatchObject([{ isBackedUp: true, lastUsedAt: null }])
    const wrong = { flags: { be: true, bs: false } }
    expect((await tryPasskey(authenticator, { wrong })).status).toBe(200)
    const used = { isBackedUp: false, lastUsedAt: '2026-12-01T12:01:00.000Z' }
    expect(await passkeysOf(alice)).toMatchObject([used])
    expect((await tryPasskey(authenticator, { wrong: { flags: { be: false, bs: false } } })).status).toBe(200)
    expect(await rowsOf('passkeys')).toMatchObject([{ is_backup_eligible: 0, is_backed_up: 0, counter: 0 }])
  })

  it('works without cookies, with the challenge and the tokens in the body', async () => {
    const authenticator = new Authenticator()
    const alice = await aliceWith(authenticator)
    const client = new Client()
    const { publicKey, challengeToken } = await beginLogIn(client, 'body')
    expect(client.setCookies).toEqual([])
    const response = await authenticator.get(publicKey)
    const { status, body } = await client.post<Tokens>('/auth/passkeys/log-in', {
      response,
      challengeToken,
      tokens: 'body',
    })
    expect([status, body.user.id, body.tokenType, client.setCookies]).toEqual([200, alice.user.id, 'Bearer', []])
  })

  it('counts as a fresh proof for ten minutes', async () => {
    const authenticator = new Authenticator()
    await aliceWith(authenticator)
    advanceClock(DAY)
    const { client } = await logInByPasskey(authenticator)
    advanceClock(10 * MINUTE - 1)
    expect((await client.delete('/auth/sessions')).status).toBe(204)
  })

  it('is refused for a blocked account, which is told only with a right answer, and spends nothing', async () => {
    const authenticator = new Authenticator()
    const { user } = await aliceWith(authenticator)
    await block(user)
    const blocked = await expectNoChanges(() => tryPasskey(authenticator))
    expect(blocked).toMatchObject({ status: 403, body: { code: 'account_blocked' } })
    const wrong = await expectNoChanges(() => tryPasskey(authenticator, { wrong: { origin: 'https://evil.example' } }))
    expect(wrong).toMatchObject({ status: 403, body: { code: 'invalid_passkey' } })
  })

  it('says for certain that nobody has a passkey: removed, or of a deleted account, or never added', async () => {
    const [removed, deleted, never] = [new Authenticator(), new Authenticator(), new Authenticator()]
    const alice = await aliceWith(removed)
    const [first] = await passkeysOf(alice)
    expect((await alice.client.delete(`/users/me/passkeys/${first?.id}`)).status).toBe(204)
    const bob = await signUp('bob')
    await addPasskey(bob, deleted)
    expect((await bob.client.delete('/users/me', { currentPassword: PASSWORD })).status).toBe(204)
    const { publicKey } = await beginLogIn(new Client())
    await never.create({
      rp: { id: publicKey.rpId },
      user: { id: 'AAAA', name: '', displayName: '' },
      challenge: 'x',
      pubKeyCredParams: [],
      excludeCredentials: [],
    })
    for (const authenticator of [removed, deleted, never]) {
      const answer = await expectNoChanges(() => tryPasskey(authenticator))
      expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_passkey' } })
    }
  })
})

describe('the options of a log-in', () => {
  it('name no account, and make no row', async () => {
    const { user } = await aliceWith(new Authenticator())
    const answer = await expectNoChanges(() => new Client().post<object>('/auth/passkeys/options'))
    expect(answer).toMatchObject({
      status: 200,
      body: {
        publicKey: { rpId: 'localhost', timeout: 300_000, userVerification: 'required', allowCredentials: [] },
        expiresAt: '2026-12-01T12:06:00.000Z',
      },
    })
    expect(answer.text).not.toContain(user.id)
    expect(answer.text).not.toContain('challengeToken')
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-passkey=[\w-]+; Max-Age=300; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
  })

  it('have a new challenge of 32 bytes each time', async () => {
    const client = new Client()
    const all = await Promise.all(Array.from({ length: 20 }, () => beginLogIn(client)))
    const challenges = all.map(({ publicKey }) => publicKey.challenge)
    expect(new Set(challenges).size).toBe(20)
    for (const challenge of challenges) expect(challenge).toMatch(/^[\w-]{43}$/)
  })

  it('are good in five tabs of a browser at once, and the cookie stays short', async () => {
    const authenticator = new Authenticator()
    await aliceWith(authenticator)
    const client = new Client()
    const tabs = []
    for (let tab = 0; tab < 6; tab++) tabs.push(await beginLogIn(client))
    expect(client.cookies.get('__Host-passkey')?.length).toBeLessThan(1500)
    const codes = []
    for (const { publicKey } of tabs) {
      const tab = new Client().copyCookies(client)
      const response = await authenticator.get(publicKey)
      const { status, body } = await tab.post<ProblemBody>('/auth/passkeys/log-in', { response })
      codes.push(status === 200 ? status : body.code)
    }
    expect(codes).toEqual(['invalid_passkey', 200, 200, 200, 200, 200])
  })
})

describe('a counter that goes back', () => {
  const seen = async () => (await rowsOf('passkeys')).map(({ counter }) => counter)
  const suspicions = async () => (await rowsOf('activity')).filter(({ event }) => event === 'passkey_maybe_copied')

  it.each([
    ['lower than before', 5, 4],
    ['the same as before', 5, 5],
    ['zero, as if it had stopped to count', 5, 0],
  ])('is recorded and told, and locks nobody out: %s', async (_, before, after) => {
    const authenticator = new Authenticator()
    const alice = await aliceWith(authenticator)
    expect((await tryPasskey(authenticator, { wrong: { counter: before } })).status).toBe(200)
    expect(await suspicions()).toEqual([])
    const client = device({ userAgent: CHROME })
    const { status, body } = await tryPasskey(authenticator, { client, wrong: { counter: after } })
    expect(status).toBe(200)
    expect(await suspicions()).toMatchObject([
      { session_id: null, user_id: alice.user.id, device: 'Chrome on Windows' },
    ])
    expect(await notices('passkey_maybe_copied')).toHaveLength(1)
    expect(await seen()).toEqual([after])
    expect(body.user.id).toBe(alice.user.id)
    // It counts from there on.
    expect((await tryPasskey(authenticator, { wrong: { counter: after + 1 } })).status).toBe(200)
    expect(await suspicions()).toHaveLength(1)
  })

  it('is found out when a copy is used beside the passkey', async () => {
    const authenticator = new Authenticator()
    await aliceWith(authenticator)
    await logInByPasskey(authenticator)
    const copy = authenticator.copy()
    await logInByPasskey(authenticator)
    expect(await suspicions()).toEqual([])
    await logInByPasskey(copy)
    expect(await suspicions()).toHaveLength(1)
  })

  it('is none if the authenticator does not count', async () => {
    const authenticator = new Authenticator({ counts: false })
    await aliceWith(authenticator)
    for (let n = 0; n < 3; n++) await logInByPasskey(authenticator)
    expect([await suspicions(), await seen()]).toEqual([[], [0]])
  })

  it('is noted as it is, up to the greatest', async () => {
    const authenticator = new Authenticator()
    await aliceWith(authenticator)
    expect((await tryPasskey(authenticator, { wrong: { counter: 4_294_967_295 } })).status).toBe(200)
    expect(await seen()).toEqual([4_294_967_295])
  })

  it('is written only for a log-in that begins a session', async () => {
    const authenticator = new Authenticator()
    const { user } = await aliceWith(authenticator)
    await env.DB.prepare('UPDATE passkeys SET counter = 100').run()
    await block(user)
    await expectNoChanges(() => tryPasskey(authenticator))
    expect(await notices('passkey_maybe_copied')).toEqual([])
  })
})
