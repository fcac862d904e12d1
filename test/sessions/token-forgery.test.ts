import { describe, expect, it } from 'vitest'
import { verifyAccessToken } from '../../src/sessions/token'
import { Client } from '../helpers/client'
import { type Person, withBearer } from '../helpers/people'
import { accessTokenOf, type Forgery, forgeAccessToken, workerKeys } from '../helpers/tokens'
import { expectTokensRefused, keyBytes, signUpVictim } from './forged-tokens'

const utf8 = new TextEncoder()

const forgeAll = async (person: Person, forgeries: Record<string, Forgery>): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(forgeries).map(async ([name, forgery]) => [name, await forgeAccessToken(person, forgery)]),
    ),
  )

/** Signs with these bytes as the key. */
const signWith = (hash: string, key: Uint8Array) => async (input: string) => {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash }, false, ['sign'])
  return base64url(new Uint8Array(await crypto.subtle.sign('HMAC', imported, utf8.encode(input))))
}
const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const now = () => Math.floor(Date.now() / 1000)

describe('a forged access token', () => {
  it('is refused with another algorithm or none', async () => {
    const alice = await signUpVictim()
    const key = await keyBytes('access-token')
    const trueKey = await forgeAccessToken(alice, { sign: signWith('SHA-256', key) })
    expect((await withBearer(trueKey).get('/auth/session')).status).toBe(200)
    await expectTokensRefused(
      await forgeAll(alice, {
        'alg none without a signature': { header: { alg: 'none' }, sign: () => '' },
        'alg None': { header: { alg: 'None' }, sign: () => '' },
        'alg none, signed': { header: { alg: 'none' } },
        'no alg': { header: { alg: undefined } },
        'HS256 without a signature': { sign: () => '' },
        HS384: { header: { alg: 'HS384' }, sign: signWith('SHA-384', key) },
        HS512: { header: { alg: 'HS512' }, sign: signWith('SHA-512', key) },
        'HS512 signed as HS256': { header: { alg: 'HS512' } },
        RS256: { header: { alg: 'RS256' } },
        'an unknown critical header': { header: { crit: ['b64'], b64: false } },
      }),
    )
  })

  it('is refused with another spelling of its signature', async () => {
    const token = await forgeAccessToken(await signUpVictim())
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(token.at(-1) ?? '')
    // The last two bits of the last character have no meaning, so these three decode to the same signature.
    const twins = [1, 2, 3].map((bits) => [`last bits ${bits}`, token.slice(0, -1) + alphabet[last + bits]])
    await expectTokensRefused({ ...Object.fromEntries(twins), padded: `${token}=`, 'padded twice': `${token}==` })
  })

  it('is refused with another type', async () => {
    await expectTokensRefused(
      await forgeAll(await signUpVictim(), {
        JWT: { header: { typ: 'JWT' } },
        'no typ': { header: { typ: undefined } },
        'empty typ': { header: { typ: '' } },
        'another typ': { header: { typ: 'vt+jwt' } },
        'numeric typ': { header: { typ: 1 } },
      }),
    )
  })

  it('is refused without any one of its claims', async () => {
    const claims = ['iss', 'aud', 'sub', 'sid', 'iat', 'exp', 'jti']
    await expectTokensRefused(
      await forgeAll(await signUpVictim(), {
        ...Object.fromEntries(claims.map((claim) => [`no ${claim}`, { claims: { [claim]: undefined } }])),
        ...Object.fromEntries(claims.map((claim) => [`null ${claim}`, { claims: { [claim]: null } }])),
      }),
    )
  })

  it('is refused with a claim of another form, before any look-up', async () => {
    const alice = await signUpVictim()
    const tokens = await forgeAll(alice, {
      'numeric sub': { claims: { sub: 1 } },
      'sub that is no UUID': { claims: { sub: 'alice' } },
      'sub that is a UUID of another version': { claims: { sub: crypto.randomUUID() } },
      'list of sub': { claims: { sub: [alice.user.id] } },
      'object sid': { claims: { sid: { id: alice.session.id } } },
      'sid that is no UUID': { claims: { sid: "' OR 1=1 --" } },
      'sid with more behind it': { claims: { sid: `${alice.session.id}/x` } },
      'numeric jti': { claims: { jti: 7 } },
      'jti that is no UUID': { claims: { jti: 'x' } },
      'textual iat': { claims: { iat: String(now()) } },
      'textual exp': { claims: { exp: String(now() + 600) } },
      'object exp': { claims: { exp: { valueOf: 1 } } },
    })
    await expectTokensRefused(tokens)
    const keys = await workerKeys()
    for (const token of Object.values(tokens))
      expect(await verifyAccessToken(keys, token, { now: Date.now() })).toBeNull()
  })

  it('is refused from another issuer or for another audience', async () => {
    await expectTokensRefused(
      await forgeAll(await signUpVictim(), {
        'another iss': { claims: { iss: 'https://example.com' } },
        'iss in another case': { claims: { iss: 'Latchkey' } },
        'another aud': { claims: { aud: 'latchkey' } },
        'other auds': { claims: { aud: ['latchkey-web', 'example'] } },
        'empty aud': { claims: { aud: [] } },
      }),
    )
  })

  it('is refused outside its life', async () => {
    await expectTokensRefused(
      await forgeAll(await signUpVictim(), {
        'exp in the past': { claims: { iat: now() - 60, exp: now() - 1 } },
        'exp long past': { claims: { exp: 0 } },
        'negative exp': { claims: { exp: -1e99 } },
        'iat over ten minutes ago, exp to come': { claims: { iat: now() - 602, exp: now() + 600 } },
        'iat over ten minutes ago, exp 1e99': { claims: { iat: now() - 602, exp: 1e99 } },
        'iat in 1970, exp 1e99': { claims: { iat: 0, exp: 1e99 } },
        'iat to come': { claims: { iat: now() + 60, exp: now() + 660 } },
        'iat to come, exp 1e99': { claims: { iat: 1e98, exp: 1e99 } },
        'nbf to come': { claims: { nbf: now() + 60 } },
      }),
    )
  })

  it('is refused with a kid that names no key', async () => {
    const { kid } = (await workerKeys()).current
    await expectTokensRefused(
      await forgeAll(await signUpVictim(), {
        'unknown kid': { header: { kid: 'AAAAAAAAAAA' } },
        'no kid': { header: { kid: undefined } },
        'empty kid': { header: { kid: '' } },
        'kid as a path': { header: { kid: '../../dev/null' }, sign: signWith('SHA-256', new Uint8Array(1)) },
        'kid as SQL': { header: { kid: "' UNION SELECT 'key" } },
        'kid as a property': { header: { kid: '__proto__' } },
        'numeric kid': { header: { kid: 0 } },
        'list of kid': { header: { kid: [kid] } },
        'kid with a space': { header: { kid: `${kid} ` } },
        'its own key in the header': {
          header: { kid: undefined, jwk: { kty: 'oct', k: 'AAAA' } },
          sign: signWith('SHA-256', new Uint8Array(3)),
        },
      }),
    )
  })

  it('is refused with a wrong signature', async () => {
    const alice = await signUpVictim()
    const token = accessTokenOf(alice)
    const [header = '', claims = '', signature = ''] = token.split('.')
    const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
    const others = await forgeAll(alice, { 'other claims': { claims: { jti: crypto.randomUUID() } } })
    await expectTokensRefused({
      truncated: token.slice(0, -1),
      'half gone': token.slice(0, -22),
      gone: `${header}.${claims}.`,
      flipped: `${header}.${claims}.${flip(signature)}`,
      doubled: `${token}${signature}`,
      'of other claims': `${header}.${others['other claims']?.split('.')[1]}.${signature}`,
      'with four parts': `${token}.${signature}`,
      'with two parts': `${header}.${claims}`,
      'with one part': header,
      dots: '..',
      'no base64url at all': '!.!.!',
      'of a random key': await forgeAccessToken(alice, {
        sign: signWith('SHA-256', crypto.getRandomValues(new Uint8Array(32))),
      }),
      'of a guessed secret': await forgeAccessToken(alice, { sign: signWith('SHA-256', utf8.encode('secret')) }),
    })
  })

  it('is refused with a character outside ASCII', async () => {
    const parts = accessTokenOf(await signUpVictim()).split('.')
    for (const at of [0, 1, 2]) {
      const token = parts.map((part, index) => (index === at ? `${part}é` : part)).join('.')
      const client = new Client({ Cookie: `__Host-access=${encodeURIComponent(token)}` })
      const { status, body } = await client.get('/auth/session')
      expect({ at, status, code: body.code }).toEqual({ at, status: 401, code: 'unauthenticated' })
    }
  })
})
