import { describe, expect, it } from 'vitest'
import { signUp } from './helpers/people'
import { expectNoSecretsLogged, noteSecrets } from './helpers/redaction'

/* Tests of the check that runs after every test (test/helpers/redaction.ts). */

describe('the check that no test logs a secret', () => {
  it.each([
    ['a code', { code: '042137' }, '{"event":"request","code":"042137"}'],
    ['a token', { accessToken: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' }, 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln'],
    ['a password', { password: 'correct horse' }, 'wrong: "correct horse"'],
    ['an e-mail address', { user: { email: 'alice@example.com' } }, 'alice@example.com has no account'],
    ['a phone number', { channel: 'sms', to: '+821012345678' }, 'to:+821012345678'],
    ['one of many tokens', { verificationTokens: ['aaaaaa.bbbbbb', 'cccccc.dddddd'] }, 'cccccc.dddddd'],
  ])('finds %s in a log', (_, known, line) => {
    noteSecrets(known)
    console.warn(line)
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
