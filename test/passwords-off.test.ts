import { describe, expect, it } from 'vitest'
import { clientOf, ORIGIN } from './helpers/client'
import { advanceClock, HOUR } from './helpers/clock'
import { logInByCode, stranger } from './helpers/codes'
import { readDocument } from './helpers/document'
import { PASSWORD, signUp } from './helpers/people'
import { newPerson } from './helpers/providers'
import { logInWith } from './helpers/social-log-in'

/* A deployment without passwords, as it runs on the Free plan. */

const OFF = { PASSWORDS: 'off' }
const notAllowed = (path: string) => ({ status: 422, body: { errors: [{ path, code: 'not_allowed' }] } })

describe('with PASSWORDS off', () => {
  it('nobody logs in with a password, or sets one', async () => {
    await signUp('alice')
    const client = clientOf(OFF)
    const logIn = await client.post('/auth/log-in', { identifier: 'alice', password: PASSWORD })
    expect(logIn).toMatchObject({ status: 404, body: { code: 'not_found' } })
    const change = await client.put('/auth/password', { newPassword: PASSWORD, verificationToken: 'x' })
    expect(change).toMatchObject({ status: 404, body: { code: 'not_found' } })
    const signedUp = await client.post('/auth/sign-up', { username: 'bob', password: PASSWORD })
    expect(signedUp).toMatchObject(notAllowed('/password'))
  })

  it('people log in by codes, and prove who they are by a log-in', async () => {
    const { client } = await logInByCode('alice@example.com', stranger(OFF))
    expect(await client.delete('/users/me', { currentPassword: PASSWORD })).toMatchObject(
      notAllowed('/currentPassword'),
    )
    expect((await client.delete('/users/me')).status).toBe(204)
  })

  it('people log in by providers', async () => {
    const { user } = await logInWith('google', newPerson(), clientOf(OFF))
    expect(user.hasPassword).toBe(false)
  })

  it('a password is no way to log in, so the last contact stays', async () => {
    const { client } = await signUp('alice')
    advanceClock(HOUR)
    const withEmail = await logInByCode('bob@example.com', stranger(OFF))
    expect(await withEmail.client.delete('/users/me/email')).toMatchObject({
      status: 409,
      body: { code: 'last_way_to_log_in' },
    })
    expect(client).toBeDefined()
  })

  it('the document has no operation, field or error about passwords', async () => {
    const whole = JSON.stringify(await readDocument())
    const { text: made } = await clientOf(OFF).get<object>(`${ORIGIN}/openapi.json`)
    for (const word of [
      '"password":',
      '"newPassword":',
      '"currentPassword":',
      'wrong_password',
      'invalid_credentials',
      '"logIn"',
    ])
      expect(made.includes(word)).toBe(false)
    expect(whole.includes('"currentPassword"')).toBe(true)
    expect(made.includes('"logInByCode"')).toBe(true)
    expect(made.includes('"/api/v1/auth/log-in"')).toBe(false)
  })
})
