import { base64url } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { newLogInChallenge } from '../../../src/log-in/passkey/challenge'
import { userHandleOf } from '../../../src/log-in/passkey/user-handle'
import { Authenticator, EDDSA, ES256, type LogInAnswer, RS256, type Wrong } from '../../helpers/authenticator'
import type { CborMap } from '../../helpers/cbor'
import { Client, clientOf } from '../../helpers/client'
import { advanceClock, MINUTE, setClock } from '../../helpers/clock'
import { addPasskey, beginLogIn, beginPasskey, logInByPasskey, newPasskey, tryPasskey } from '../../helpers/passkeys'
import { logIn, PASSWORD, type Person, signUp } from '../../helpers/people'
import { someOf } from '../../helpers/some-of'
import { expectNoChanges, rowsOf } from '../../helpers/storage'
import { workerKeys } from '../../helpers/tokens'

/* What an authenticator, a page or a client of somebody else may answer. All of it gets the same error, and changes nothing. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const refused = { status: 403, body: { code: 'invalid_passkey' } }

let alice: Person
let authenticator: Authenticator

beforeEach(async () => {
  setClock(NOON)
  alice = await signUp('alice')
  authenticator = new Authenticator()
  await addPasskey(alice, authenticator)
})

const post = (body: object, client = new Client()) => client.post('/auth/passkeys/log-in', body)
const add = (body: object, { client } = alice) => client.post('/users/me/passkeys', body)

/** What both an answer to a log-in and one to a registration may have wrong. */
const wrongs: Record<string, Wrong> = {
  'a page of another origin': { origin: 'https://evil.example' },
  'a page of another port': { origin: 'http://localhost:8788' },
  'our origin with a slash': { origin: 'http://localhost:8787/' },
  'our origin in capitals': { origin: 'HTTP://LOCALHOST:8787' },
  'an origin that begins as ours does': { origin: 'http://localhost:8787.evil.example' },
  'no origin': { origin: '' },
  'an app that is not on the list': { origin: `android:apk-key-hash:${'A'.repeat(43)}` },
  'another domain': { rpId: 'evil.example' },
  'a part of our domain': { rpId: 'local' },
  'our domain in capitals': { rpId: 'LOCALHOST' },
  'a user who was not verified': { flags: { uv: false } },
  'a user who was not there': { flags: { up: false } },
  'nobody who was there or verified': { flags: { up: false, uv: false } },
  'a copy of what cannot be copied': { flags: { be: false, bs: true } },
  'another challenge': { challenge: 'A'.repeat(43) },
  'no challenge': { challenge: '' },
  'a frame of another site': { clientData: { crossOrigin: true } },
  'a frame of another site, which it names': { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } },
  'a page in a frame that says it is in none': { clientData: { topOrigin: 'https://evil.example' } },
  'a type that is none': { type: 'webauthn' },
  'more data than there should be': { leftover: new Uint8Array(8) },
}

describe.each(someOf(Object.entries(wrongs), 3))('an answer of %s', (_, wrong) => {
  it('begins no session', async () => {
    expect(await expectNoChanges(() => tryPasskey(authenticator, { wrong }))).toMatchObject(refused)
  })

  it('adds no passkey', async () => {
    const body = await newPasskey(alice, { wrong })
    expect(await expectNoChanges(() => add(body))).toMatchObject(refused)
  })
})

describe('an answer to a log-in is refused', () => {
  const changed = (signature: Uint8Array, index: number) => signature.map((byte, n) => (n === index ? byte ^ 1 : byte))
  const cases: Record<string, Wrong> = {
    'of the type of a registration': { type: 'webauthn.create' },
    'without a user handle': { userHandle: null },
    'with the user handle of nobody': { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' },
    'with a signature that was changed': { sign: (signature) => changed(signature, 20) },
    'with a signature of nothing': { sign: () => new Uint8Array([0]) },
    'with a signature of zeros': { sign: () => new Uint8Array([0x30, 6, 2, 1, 0, 2, 1, 0]) },
    'with a signature that is cut': { sign: (signature) => signature.slice(0, -1) },
    'with a signature and more': { sign: (signature) => new Uint8Array([...signature, 0]) },
    'with a signature in the format of WebCrypto': { sign: () => new Uint8Array(64).fill(1) },
    'with a number that is too long': {
      sign: () => new Uint8Array([0x30, 42, 2, 35, ...new Uint8Array(35).fill(1), 2, 3, 1, 1, 1]),
    },
  }
  it.each(Object.entries(cases))('%s', async (_, wrong) => {
    expect(await expectNoChanges(() => tryPasskey(authenticator, { wrong }))).toMatchObject(refused)
  })

  it('by another key, under the id of a passkey', async () => {
    const mallory = await signUp('mallory')
    const own = new Authenticator()
    await addPasskey(mallory, own)
    const client = new Client()
    const { publicKey } = await beginLogIn(client)
    const { id } = await authenticator.get(publicKey)
    const forged = await own.get(publicKey, { userHandle: userHandleOf(alice.user.id) })
    const response = { ...forged, id, rawId: id }
    expect(await expectNoChanges(() => post({ response }, client))).toMatchObject(refused)
  })

  it('by their own passkey, with the user handle of somebody else', async () => {
    const mallory = await signUp('mallory')
    const own = new Authenticator()
    await addPasskey(mallory, own)
    const wrong = { userHandle: userHandleOf(alice.user.id) }
    expect(await expectNoChanges(() => tryPasskey(own, { wrong }))).toMatchObject(refused)
  })

  it('with two different ids', async () => {
    const client = new Client()
    const { publicKey } = await beginLogIn(client)
    const response = { ...(await authenticator.get(publicKey)), rawId: 'AAAA' }
    expect(await expectNoChanges(() => post({ response }, client))).toMatchObject(refused)
  })

  it('with client data that is no JSON, no object or no text', async () => {
    const client = new Client()
    const { publicKey } = await beginLogIn(client)
    const response = await authenticator.get(publicKey)
    const texts = ['x', '[]', 'null', '{"challenge":1}', `{"challenge":["${publicKey.challenge}"]}`]
    const bytes = [...texts.map((text) => new TextEncoder().encode(text)), new Uint8Array([0xff, 0xfe])]
    for (const clientData of bytes) {
      const answer: LogInAnswer = {
        ...response,
        response: { ...response.response, clientDataJSON: base64url.encode(clientData) },
      }
      expect(await expectNoChanges(() => post({ response: answer }, client))).toMatchObject(refused)
    }
  })

  it('with authenticator data that is too short, or has extensions that are none', async () => {
    const client = new Client()
    const { publicKey } = await beginLogIn(client)
    const response = await authenticator.get(publicKey)
    const data = base64url.decode(response.response.authenticatorData)
    const withExtensions = data.map((byte, index) => (index === 32 ? byte | 128 : byte))
    // Maps in maps, in the place of extensions.
    const nested = new Uint8Array([...withExtensions, ...Array.from({ length: 900 }, () => [0xa1, 0x00]).flat(), 0x00])
    for (const authData of [data.slice(0, 36), withExtensions, nested]) {
      const answer = { ...response, response: { ...response.response, authenticatorData: base64url.encode(authData) } }
      expect(await expectNoChanges(() => post({ response: answer }, client))).toMatchObject(refused)
    }
  })

  it('with the same words for everybody', async () => {
    const answers = [
      await tryPasskey(authenticator, { wrong: { origin: 'https://evil.example' } }),
      await tryPasskey(authenticator, { wrong: { sign: () => new Uint8Array([1]) } }),
      await post({ response: await authenticator.get((await beginLogIn(new Client())).publicKey) }),
    ]
    const words = answers.map(({ body: { requestId: _, ...rest } }) => JSON.stringify(rest))
    expect(new Set(words).size).toBe(1)
  })
})

describe('a challenge of a log-in', () => {
  const answer = async (client: Client) => {
    const { publicKey } = await beginLogIn(client)
    return { response: await authenticator.get(publicKey) }
  }

  it('is accepted once', async () => {
    const client = new Client()
    const body = await answer(client)
    const replay = new Client().copyCookies(client)
    expect((await post(body, client)).status).toBe(200)
    expect(await expectNoChanges(() => post(body, replay))).toMatchObject(refused)
    expect(await rowsOf('spent_tokens')).toHaveLength(2)
  })

  it('is not accepted in another browser, nor without the token', async () => {
    const body = await answer(new Client())
    for (const client of [new Client(), new Client({ Cookie: '__Host-passkey=x.y.z' })]) {
      expect(await expectNoChanges(() => post(body, client))).toMatchObject(refused)
    }
    const other = new Client()
    const { challengeToken } = await beginLogIn(other, 'body')
    expect(await expectNoChanges(() => post({ ...body, challengeToken }))).toMatchObject(refused)
  })

  it('is good for five minutes', async () => {
    const client = new Client()
    const [early, late] = [await answer(client), await answer(client)]
    setClock(NOON + 5 * MINUTE - 1)
    expect((await post(early, new Client().copyCookies(client))).status).toBe(200)
    setClock(NOON + 5 * MINUTE)
    expect(await expectNoChanges(() => post(late, client))).toMatchObject(refused)
  })

  it('is spent for as long as any machine would accept it', async () => {
    await logInByPasskey(authenticator)
    const [spent] = (await rowsOf('spent_tokens')).slice(-1)
    expect(Number(spent?.['expires_at'])).toBeGreaterThanOrEqual(NOON + 5 * MINUTE)
  })

  it('adds no passkey', async () => {
    const { publicKey } = await beginPasskey(alice)
    const login = await newLogInChallenge(await workerKeys(), Date.now())
    const response = await new Authenticator().create({ ...publicKey, challenge: login.challenge })
    const { challengeToken } = login
    expect(await expectNoChanges(() => add({ response, challengeToken }))).toMatchObject(refused)
  })

  it('is not what another kind of sealed text is', async () => {
    const body = await answer(new Client())
    const others = [...alice.client.cookies.values()].filter((value) => /^[\w-]{10,500}$/.test(value))
    expect(others.length).toBeGreaterThan(0)
    for (const challengeToken of [...others, 'x', 'A'.repeat(500)]) {
      expect(await expectNoChanges(() => post({ ...body, challengeToken }))).toMatchObject(refused)
    }
  })
})

describe('a challenge of a registration', () => {
  it('begins no session', async () => {
    const { publicKey, challengeToken } = await beginPasskey(alice)
    const response = await authenticator.get({ rpId: publicKey.rp.id, challenge: publicKey.challenge })
    expect(await expectNoChanges(() => post({ response, challengeToken }))).toMatchObject(refused)
    const asCookie = new Client()
    asCookie.cookies.set('__Host-passkey', challengeToken)
    expect(await expectNoChanges(() => post({ response }, asCookie))).toMatchObject(refused)
  })

  it('adds one passkey', async () => {
    const { publicKey, challengeToken } = await beginPasskey(alice)
    const [first, second] = [await new Authenticator().create(publicKey), await new Authenticator().create(publicKey)]
    expect((await add({ response: first, challengeToken })).status).toBe(201)
    expect(await expectNoChanges(() => add({ response: second, challengeToken }))).toMatchObject(refused)
  })

  it('adds a passkey that was removed since not again', async () => {
    const body = await newPasskey(alice)
    const { client } = alice
    const added = await client.post<{ id: string }>('/users/me/passkeys', body)
    expect((await client.delete(`/users/me/passkeys/${added.body.id}`)).status).toBe(204)
    expect(await expectNoChanges(() => add(body))).toMatchObject(refused)
  })

  it('is not good for another user, nor in another session of the same user', async () => {
    const body = await newPasskey(alice)
    for (const other of [await signUp('bob'), await logIn('alice')]) {
      expect(await expectNoChanges(() => add(body, other))).toMatchObject(refused)
    }
    expect((await add(body)).status).toBe(201)
  })

  it('is good for five minutes', async () => {
    const [early, late] = [await newPasskey(alice), await newPasskey(alice)]
    setClock(NOON + 5 * MINUTE - 1)
    expect((await add(early)).status).toBe(201)
    setClock(NOON + 5 * MINUTE)
    expect(await expectNoChanges(() => add(late))).toMatchObject(refused)
  })

  it.each([
    ['the session', async ({ client }: Person) => new Client().copyCookies(client).post('/auth/log-out')],
    [
      'the password',
      async ({ client }: Person) =>
        client.put('/auth/password', { currentPassword: PASSWORD, newPassword: 'another horse battery staple' }),
    ],
    ['all other sessions', async ({ client }: Person) => client.delete('/auth/sessions')],
    ['the account', async ({ client }: Person) => new Client().copyCookies(client).delete('/users/me')],
  ])('ends with %s', async (_, act) => {
    const body = await newPasskey(alice)
    expect((await act(alice)).status).toBeLessThan(300)
    const { status, body: problem } = await expectNoChanges(() => add(body))
    expect([`401 unauthenticated`, '403 invalid_passkey']).toContain(`${status} ${problem.code}`)
  })

  it('needs a fresh proof', async () => {
    advanceClock(9 * MINUTE)
    expect((await alice.client.post('/auth/refresh')).status).toBe(200)
    advanceClock(MINUTE)
    const options = (proof?: object) => alice.client.post('/users/me/passkeys/options', proof)
    expect(await expectNoChanges(() => options())).toMatchObject({
      status: 403,
      body: { code: 'fresh_proof_required' },
    })
    expect((await options({ currentPassword: 'wrong' })).body.code).toBe('wrong_password')
    expect((await options({ currentPassword: PASSWORD })).status).toBe(200)
  })
})

describe('a new passkey is refused', () => {
  const key = (...members: [number, number | Uint8Array][]): CborMap => new Map(members)
  const number = new Uint8Array(32).fill(7)
  const modulus = new Uint8Array(256).fill(201)
  const E_65537 = new Uint8Array([1, 0, 1])
  const keys: Record<string, CborMap> = {
    'with an algorithm that we did not ask for: ES384': key([1, 2], [3, -35], [-1, 2], [-2, number], [-3, number]),
    'with an algorithm that we did not ask for: RS1': key([1, 3], [3, -65_535], [-1, number], [-2, number]),
    'with an algorithm that is none': key([1, 2], [3, 0], [-1, 1], [-2, number], [-3, number]),
    'without an algorithm': key([1, 2], [-1, 1], [-2, number], [-3, number]),
    'with a key of P-256 that says RS256': key([1, 2], [3, RS256], [-1, 1], [-2, number], [-3, number]),
    'with a key of RSA that says ES256': key([1, 3], [3, ES256], [-1, number], [-2, number]),
    'with a key of Ed25519 that says ES256': key([1, 1], [3, ES256], [-1, 6], [-2, number]),
    'with a key of P-256 that says EdDSA': key([1, 2], [3, EDDSA], [-1, 1], [-2, number], [-3, number]),
    'with a key of another curve that says ES256': key([1, 2], [3, ES256], [-1, 8], [-2, number], [-3, number]),
    'with a symmetric key': key([1, 4], [3, 5], [-1, number]),
    'with a point that is not on P-256': key([1, 2], [3, ES256], [-1, 1], [-2, number], [-3, number]),
    'with half a point': key([1, 2], [3, ES256], [-1, 1], [-2, number]),
    'with a key of Ed25519 that is too long': key([1, 1], [3, EDDSA], [-1, 6], [-2, new Uint8Array(400)]),
    'with a key of RSA of 2040 bits': key([1, 3], [3, RS256], [-1, new Uint8Array(255).fill(201)], [-2, E_65537]),
    'with a key of RSA whose exponent is 1': key([1, 3], [3, RS256], [-1, modulus], [-2, new Uint8Array([1])]),
    'with a key of RSA without a number': key([1, 3], [3, RS256], [-1, new Uint8Array(0)], [-2, E_65537]),
    'with a key of RSA that is huge': key([1, 3], [3, RS256], [-1, new Uint8Array(2048).fill(1)], [-2, number]),
  }
  it.each(someOf(Object.entries(keys), 2))('%s', async (_, publicKey) => {
    const body = await newPasskey(alice, { wrong: { publicKey } })
    expect(await expectNoChanges(() => add(body))).toMatchObject(refused)
  })

  const others: Record<string, Wrong> = {
    'of the type of a log-in': { type: 'webauthn.get' },
    'with an attestation that is not known': { fmt: 'unheard-of' },
    'with an attestation of none that says something': { attStmt: new Map([['x', 1]]) },
    'with a certificate': {
      fmt: 'packed',
      attStmt: new Map<string, number | Uint8Array>([
        ['alg', ES256],
        ['sig', number],
        ['x5c', number],
      ]),
    },
    'with a signature by nobody': {
      fmt: 'packed',
      attStmt: new Map<string, number | Uint8Array>([
        ['alg', ES256],
        ['sig', number],
      ]),
    },
    'with an attestation of FIDO U2F': {
      fmt: 'fido-u2f',
      attStmt: new Map([['sig', number]]),
    },
    'with an attestation of a TPM': { fmt: 'tpm', attStmt: new Map([['ver', '2.0']]) },
    'with an attestation of Apple': { fmt: 'apple', attStmt: new Map([['x5c', number]]) },
    'with an attestation of Android': { fmt: 'android-key', attStmt: new Map([['sig', number]]) },
    'without an id': { credentialId: new Uint8Array() },
  }
  it.each(someOf(Object.entries(others), 2))('%s', async (_, wrong) => {
    const body = await newPasskey(alice, { wrong })
    const { status } = await expectNoChanges(() => add(body))
    expect([403, 422]).toContain(status)
  })

  it('with another id than the one that was signed', async () => {
    const body = await newPasskey(alice)
    const response = { ...body.response, id: 'AAAA', rawId: 'AAAA' }
    expect(await expectNoChanges(() => add({ ...body, response }))).toMatchObject(refused)
  })

  it('if it is somebody else’s already', async () => {
    const bob = await signUp('bob')
    const credentialId = authenticator.passkey?.id ?? new Uint8Array()
    const body = await newPasskey(bob, { wrong: { credentialId } })
    const { status, body: problem } = await expectNoChanges(() => add(body, bob))
    expect([status, problem.code]).toEqual([409, 'passkey_taken'])
    expect((await logInByPasskey(authenticator)).user.id).toBe(alice.user.id)
  })

  it('if it has the id of their own and another key: it does not replace that', async () => {
    const credentialId = authenticator.passkey?.id ?? new Uint8Array()
    const body = await newPasskey(alice, { wrong: { credentialId } })
    expect((await expectNoChanges(() => add(body))).body.code).toBe('passkey_taken')
  })
})

describe('an answer that is too large', () => {
  const large: Record<string, (answer: LogInAnswer) => LogInAnswer> = {
    id: (answer) => ({ ...answer, id: 'A'.repeat(1365), rawId: 'A'.repeat(1365) }),
    ...Object.fromEntries(
      ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'].map((name) => [
        name,
        (answer: LogInAnswer) => ({ ...answer, response: { ...answer.response, [name]: 'A'.repeat(6000) } }),
      ]),
    ),
  }
  it.each(Object.entries(large))('is not looked at: %s', async (_, enlarge) => {
    const client = new Client()
    const { publicKey } = await beginLogIn(client)
    const response = enlarge(await authenticator.get(publicKey))
    expect((await expectNoChanges(() => post({ response }, client))).status).toBe(422)
  })

  it('is not looked at: the attestation of a new passkey, or its transports', async () => {
    const body = await newPasskey(alice)
    const { response } = body
    for (const other of [
      { attestationObject: 'A'.repeat(6000) },
      { transports: Array.from({ length: 11 }, () => 'usb') },
      { transports: ['x'.repeat(21)] },
      { transports: ['<script>'] },
    ]) {
      const large = { ...response, response: { ...response.response, ...other } }
      expect((await expectNoChanges(() => add({ ...body, response: large }))).status).toBe(422)
    }
  })
})

describe('pages of other origins', () => {
  it('get no challenge of ours, and send no answer', async () => {
    const evil = new Client({ Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' })
    for (const path of ['/auth/passkeys/options', '/auth/passkeys/log-in']) {
      expect((await evil.post(path, {})).body.code).toBe('cross_site_request')
    }
  })

  it('may use passkeys if they are in ALLOWED_ORIGINS, and only those of https', async () => {
    const tryAt = async (origin: string, ALLOWED_ORIGINS: string) => {
      const client = clientOf({ ALLOWED_ORIGINS })
      return (await tryPasskey(authenticator, { client, wrong: { origin } })).status
    }
    const APP = 'https://app.example.com'
    expect(await tryAt(APP, APP)).toBe(200)
    expect(await tryAt(APP, 'https://other.example.com')).toBe(403)
    expect(await tryAt('http://app.example.com', 'http://app.example.com')).toBe(403)
    expect(await tryAt('capacitor://localhost', 'capacitor://localhost')).toBe(403)
    expect(await tryAt('http://localhost:5173', 'http://localhost:5173')).toBe(200)
  })
})
