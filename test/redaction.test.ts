import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { signUp } from './helpers/people'
import { type Fault, newPerson } from './helpers/providers'
import { expectNoSecretsLogged, noteQuery, noteSecrets } from './helpers/redaction'
import { goThrough } from './helpers/social-log-in'

/* Tests of the check that runs after every test (test/helpers/redaction.ts). */

describe('the check that no test logs a secret', () => {
  it.each([
    ['a code', { code: '042137' }, '{"event":"request","code":"042137"}'],
    ['a token', { accessToken: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' }, 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln'],
    ['a password', { password: 'correct horse' }, 'wrong: "correct horse"'],
    ['an e-mail address', { user: { email: 'alice@example.com' } }, 'alice@example.com has no account'],
    ['a phone number', { channel: 'sms', to: '+821012345678' }, 'to:+821012345678'],
    ['an ID token', { idToken: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln' }, 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln has another audience'],
    ['a label', { identities: [{ label: 'alice@gmail.com' }] }, 'alice@gmail.com was linked'],
    ['one of many tokens', { verificationTokens: ['aaaaaa.bbbbbb', 'cccccc.dddddd'] }, 'cccccc.dddddd'],
  ])('finds %s in a log', (_, known, line) => {
    noteSecrets(known)
    console.warn(line)
    expect(expectNoSecretsLogged).toThrow(/secrets and contacts in the log/)
  })

  it.each([
    ['in the address of a callback', '/auth/social/google/callback?state=x&code=4%2F0AbCdEf', '4/0AbCdEf failed'],
    ['in a form', 'state=x&code=4%2F0AbCdEf', '4/0AbCdEf failed'],
  ])('finds a code %s', (_, text, line) => {
    noteQuery(text)
    console.warn(line)
    expect(expectNoSecretsLogged).toThrow(/secrets and contacts in the log/)
  })

  it.each(['GOOGLE_CLIENT_SECRET', 'APPLE_PRIVATE_KEY', 'AUTH_SECRET'])('finds the setting %s', (name) => {
    console.warn(JSON.stringify({ cause: Object.entries(env).find(([key]) => key === name)?.[1] }))
    expect(expectNoSecretsLogged).toThrow(/secrets and contacts in the log/)
  })

  it('allows what only looks like a secret: part of an id, an error code, a user name', () => {
    noteSecrets({ code: '042137' })
    noteSecrets({ code: 'invalid_code', identifier: 'alice_liddell' })
    console.log('019c8d2e-7a64-7c3f-8f1e-2b9d4c042137 invalid_code alice_liddell 1042137')
    expectNoSecretsLogged()
  })

  it('also sees the lines that the Worker itself logs', async () => {
    const { user } = await signUp('alice')
    noteSecrets({ password: user.id })
    expect(expectNoSecretsLogged).toThrow(/secrets and contacts in the log/)
  })
})

/** Notes what providers answer to the Worker, which no client sees. */
function watchProviders(): { answers: () => number } {
  const { fetch } = globalThis
  let answers = 0
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
    const response = await fetch(...request)
    const text = await response.clone().text()
    answers++
    for (const [, name = '', value = ''] of text.matchAll(/"(\w+)"\s*:\s*"([^"]+)"/g)) noteSecrets({ [name]: value })
    for (const [address] of text.matchAll(/[\w.-]+@[\w.-]+/g)) noteSecrets({ email: address })
    return response
  })
  return { answers: () => answers }
}

describe('a log-in by a provider', () => {
  const FAULTS: (Fault | undefined)[] = [
    undefined,
    'bad_signature',
    'wrong_nonce',
    'status_500',
    'malformed_json',
    'expired',
  ]

  it.each(['google', 'apple', 'github', 'microsoft', 'kakao', 'naver', 'line', 'oidc'] as const)(
    'logs no token, code, secret or address, whether it succeeds or fails: %s',
    async (provider) => {
      const { answers } = watchProviders()
      for (const fault of FAULTS) {
        const { client, answer } = await goThrough(provider, newPerson({ name: 'Jane Roe-Doe' }), fault && { fault })
        expect([303, 502, 503]).toContain(answer.status)
        if (client.cookies.has('__Host-access')) {
          await client.get('/users/me/identities')
        }
      }
      expect(answers()).toBeGreaterThanOrEqual(FAULTS.length)
      vi.restoreAllMocks()
      expectNoSecretsLogged()
    },
  )
})
