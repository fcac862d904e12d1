import { expect, it } from 'vitest'
import { clientOf, ORIGIN } from '../helpers/client'
import { logInByCode } from '../helpers/codes'

/* The pages of a deployment without passwords. */

const HTML = { Accept: 'text/html' }

it('offer no password where there are none', async () => {
  const visitor = clientOf({ PASSWORDS: 'off' }, HTML)
  const signIn = await visitor.get(`${ORIGIN}/console/sign-in`)
  expect(signIn.status).toBe(200)
  expect(signIn.text).not.toContain('password')
  for (const path of ['/console/sign-in/password', '/console/sign-up', '/console/account/password']) {
    expect((await visitor.get(ORIGIN + path)).status).toBe(404)
  }
  const { client } = await logInByCode('alice@example.com', clientOf({ PASSWORDS: 'off' }))
  const account = await client.get(`${ORIGIN}/console/account`, { headers: HTML })
  expect(account.status).toBe(200)
  expect(account.text).not.toContain('assword')
  expect((await client.get(`${ORIGIN}/console/account/password`, { headers: HTML })).status).toBe(404)
})
