import type { SessionAnswer } from '../../src/sessions/schemas'
import { Authenticator as Passkey } from './authenticator'
import type { Answer, Client } from './client'
import { OPERATOR, withOperatorToken } from './operator'
import { addPasskey, beginLogIn } from './passkeys'
import { PASSWORD } from './people'
import { type Asked, Authenticator, type SetUp, wrongCodeOf } from './second-factor'

interface Measuring {
  client: Client
  measure: <Body>(name: string, act: () => Promise<Answer<Body>>) => Promise<Body>
}

/** A second factor, of an account without contacts. */
export async function useSecondFactor({ client, measure }: Measuring): Promise<void> {
  const { body } = await client.post<SessionAnswer>('/auth/sign-up', { username: 'sarah', password: PASSWORD })
  const credentials = { identifier: 'sarah', password: PASSWORD }
  const { secret } = await measure('authenticator, begun', () => client.post<SetUp>('/users/me/totp'))
  const authenticator = new Authenticator(secret)
  const first = await authenticator.code()
  await measure('authenticator, confirmed', () => client.put('/users/me/totp', { code: first }))
  await measure('second factor', () => client.get('/users/me/second-factor'))
  const made = await measure('recovery codes', () =>
    client.post<{ recoveryCodes: string[] }>('/users/me/recovery-codes'),
  )
  await client.post('/auth/log-out')
  const ask = () => client.post<Asked>('/auth/log-in', credentials)
  const { secondFactorToken } = await measure('log-in, second factor asked', ask)
  const wrong = await wrongCodeOf(authenticator)
  const goOn = (token: string, code: string) => client.post('/auth/second-factor', { secondFactorToken: token, code })
  await measure('log-in by second factor, wrong code', () => goOn(secondFactorToken, wrong))
  const code = await authenticator.code()
  await measure('log-in by second factor', () => goOn(secondFactorToken, code))
  await client.post('/auth/log-out')
  const again = (await ask()).body
  const [recovery = ''] = made.recoveryCodes
  await measure('log-in by recovery code', () => goOn(again.secondFactorToken, recovery))
  const passkey = new Passkey()
  await addPasskey({ client }, passkey)
  await client.post('/auth/log-out')
  const third = (await ask()).body
  const { publicKey } = await beginLogIn(client)
  const response = await passkey.get(publicKey)
  await measure('log-in by second factor, a passkey', () =>
    client.post('/auth/second-factor', { secondFactorToken: third.secondFactorToken, response }),
  )
  const proof = { currentPassword: PASSWORD, secondFactorCode: await authenticator.code() }
  await measure('user name, by password and second factor', () =>
    client.patch('/users/me', { username: 'sara', ...proof }),
  )
  const options = { headers: withOperatorToken() }
  const account = `${OPERATOR}/accounts/${body.user.id}`
  await measure('operator, erasure of a second factor asked', () =>
    client.post(`${account}/erase-second-factor`, undefined, options),
  )
  await measure('second factor, turned off', () => client.delete('/users/me/totp'))
}
