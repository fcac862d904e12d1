import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../../src/config'
import { relyingPartyOf } from '../../../src/log-in/passkey/relying-party'
import { Authenticator } from '../../helpers/authenticator'
import { Client, clientOf, ORIGIN, withBindings } from '../../helpers/client'
import { addPasskey, newPasskey, tryPasskey } from '../../helpers/passkeys'
import { signUp } from '../../helpers/people'

const ANDROID = `android:apk-key-hash:${'A'.repeat(43)}`
const SITE = { PUBLIC_ORIGIN: 'https://todo.example.com', ALLOWED_ORIGINS: '' }
const partyOf = (settings: object) => relyingPartyOf(readConfig({ ...env, ...settings }))

/** A client of a deployment at another address than that of the tests. */
const at = (settings: Partial<Env> & { PUBLIC_ORIGIN: string }) => ({
  get: (path: string) => clientOf(settings).get<{ origins?: string[] }>(settings.PUBLIC_ORIGIN + path),
})

describe('the relying party', () => {
  it('is the host of PUBLIC_ORIGIN, without its port', () => {
    expect(partyOf(SITE)).toEqual({ id: 'todo.example.com', origins: ['https://todo.example.com'] })
    expect(partyOf({ PUBLIC_ORIGIN: 'http://localhost:9000', ALLOWED_ORIGINS: '' })).toEqual({
      id: 'localhost',
      origins: ['http://localhost:9000'],
    })
  })

  it('is PASSKEY_RP_ID, if that is set', () => {
    expect(partyOf({ ...SITE, PASSKEY_RP_ID: 'example.com' }).id).toBe('example.com')
  })

  it('takes answers of pages of https and of apps, each once', () => {
    const ALLOWED_ORIGINS =
      'https://todo.example.com, https://todo.example.net, http://todo.example.org, tauri://localhost, http://localhost:5173, http://localhost.evil.example'
    const PASSKEY_APP_ORIGINS = `${ANDROID}, https://example.com`
    expect(partyOf({ ...SITE, ALLOWED_ORIGINS, PASSKEY_APP_ORIGINS }).origins).toEqual([
      'https://todo.example.com',
      'https://todo.example.net',
      'http://localhost:5173',
      ANDROID,
      'https://example.com',
    ])
  })

  it('takes an app that is on the list, and no other', async () => {
    const alice = await signUp('alice')
    const authenticator = new Authenticator()
    const wrong = { origin: ANDROID }
    const settings = { PASSKEY_APP_ORIGINS: ANDROID }
    const app = withBindings(alice.client, settings)
    const body = await newPasskey({ client: app }, { authenticator, wrong })
    expect((await alice.client.post('/users/me/passkeys', body)).status).toBe(403)
    expect((await app.post('/users/me/passkeys', body)).status).toBe(201)
    expect((await tryPasskey(authenticator, { client: clientOf(settings), wrong })).status).toBe(200)
    expect((await tryPasskey(authenticator, { wrong })).status).toBe(403)
  })

  it('has no passkey of another domain', async () => {
    const alice = await signUp('alice')
    const authenticator = new Authenticator()
    await addPasskey(alice, authenticator)
    const client = clientOf({ PASSKEY_RP_ID: 'example.com' })
    expect((await tryPasskey(authenticator, { client })).body.code).toBe('invalid_passkey')
  })
})

describe('/.well-known/webauthn', () => {
  const RELATED = {
    ...SITE,
    PASSKEY_RP_ID: 'todo.example.com',
    ALLOWED_ORIGINS: 'https://todo.example.net, tauri://localhost',
  }

  it('lists the sites that may use the passkeys', async () => {
    const { status, headers, body } = await at(RELATED).get('/.well-known/webauthn')
    expect([status, headers.get('Content-Type')]).toEqual([200, 'application/json'])
    expect(body).toEqual({ origins: ['https://todo.example.com', 'https://todo.example.net'] })
  })

  it.each([
    ['PASSKEY_RP_ID is not set', { PASSKEY_RP_ID: '' }],
    ['there is one site', { ALLOWED_ORIGINS: 'tauri://localhost' }],
  ])('is not there if %s', async (_, settings) => {
    expect((await at({ ...RELATED, ...settings }).get('/.well-known/webauthn')).status).toBe(404)
  })

  it('is not there on somebody’s own computer', async () => {
    expect((await new Client().get(`${ORIGIN}/.well-known/webauthn`)).status).toBe(404)
  })
})

describe('the settings', () => {
  const health = async (settings: Partial<Env>) =>
    (await clientOf(settings).get(`${ORIGIN}/health`)).body.detail ?? 'ok'

  it.each(['localhost', 'example.com', 'a.b-c.example', 'xn--9t4b11yi5a.com'])(
    'take %s as PASSKEY_RP_ID',
    async (id) => {
      expect(await health({ PASSKEY_RP_ID: id })).toBe('ok')
    },
  )

  it.each([
    'https://example.com',
    'example.com:443',
    'Example.com',
    '127.0.0.1',
    '.com',
    'example.com.',
    '한국.com',
    'a_b.com',
  ])('do not take %s as PASSKEY_RP_ID', async (id) => {
    expect(await health({ PASSKEY_RP_ID: id })).toMatch(/^PASSKEY_RP_ID must be a domain/)
  })

  it.each([ANDROID, `${ANDROID}, https://example.com`])('take %s as PASSKEY_APP_ORIGINS', async (origins) => {
    expect(await health({ PASSKEY_APP_ORIGINS: origins })).toBe('ok')
  })

  it.each([
    'android:apk-key-hash:short',
    `android:apk-key-hash:${'A'.repeat(42)}B`,
    `android:apk-key-hash-sha256:${'A'.repeat(43)}`,
    'http://example.com',
    'https://example.com/',
    'ios:bundle-id:com.example',
  ])('do not take %s as PASSKEY_APP_ORIGINS', async (origin) => {
    expect(await health({ PASSKEY_APP_ORIGINS: origin })).toMatch(/^PASSKEY_APP_ORIGINS\.0 must be an origin/)
  })
})
