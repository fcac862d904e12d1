import { describe, expect, it } from 'vitest'
import { signUp } from './helpers/people'
import { expectNoSecretsLogged, noteSecrets } from './helpers/redaction'

/* The watch on all logs that test/helpers/setup.ts keeps: that it sees what it is there for. */

describe('after each test, the logs of all its requests', () => {
  it.each([
    ['a code', { code: '042137' }, '{"event":"request","code":"042137"}'],
    ['a token', { accessToken: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' }, 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln'],
    ['a password', { password: 'correct horse' }, 'wrong: "correct horse"'],
    ['an e-mail address', { user: { email: 'alice@example.com' } }, 'alice@example.com has no account'],
    ['a phone number', { channel: 'sms', to: '+821012345678' }, 'to:+821012345678'],
    ['one of many tokens', { verificationTokens: ['aaaaaa.bbbbbb', 'cccccc.dddddd'] }, 'cccccc.dddddd'],
  ])('must not hold %s', (_, known, line) => {
    noteSecrets(known)
    console.warn(line)
    expect(expectNoSecretsLogged).toThrow(/secrets and contacts in the log/)
  })

  it('may hold what only looks like it: a part of an id, an error by its code, a user name', () => {
    noteSecrets({ code: '042137' })
    noteSecrets({ code: 'invalid_code', identifier: 'alice_liddell' })
    console.log('019c8d2e-7a64-7c3f-8f1e-2b9d4c042137 invalid_code alice_liddell 1042137')
    expectNoSecretsLogged()
  })

  it('are seen, the lines of the Worker itself too', async () => {
    const { user } = await signUp('alice')
    noteSecrets({ password: user.id })
    expect(expectNoSecretsLogged).toThrow(/secrets and contacts in the log/)
  })
})
