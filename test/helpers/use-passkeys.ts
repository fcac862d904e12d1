import { env } from 'cloudflare:workers'
import type { Passkey } from '../../src/account-data/passkeys'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { Authenticator, type CreationOptions, type RequestOptions } from './authenticator'
import { PASSWORD } from './people'
import { asIfByCode } from './removal-requests'
import type { Measuring } from './use-everything'

interface Options<PublicKey> {
  publicKey: PublicKey
  challengeToken: string
}

/** Log-ins by passkeys, and the passkeys of an account. The client is signed out, before and afterwards. */
export async function usePasskeys({ client, measure }: Measuring): Promise<void> {
  const authenticator = new Authenticator()
  await client.post('/auth/sign-up', { username: 'pia', password: PASSWORD })
  const begun = await measure('passkey, begun', () =>
    client.post<Options<CreationOptions>>('/users/me/passkeys/options'),
  )
  const { challengeToken } = begun
  const response = await authenticator.create(begun.publicKey)
  const add = () => client.post<Passkey>('/users/me/passkeys', { response, challengeToken })
  const added = await measure('passkey added', add)
  await measure('passkey added, again', add)
  await measure('passkeys', () => client.get('/users/me/passkeys'))
  await measure('passkey renamed', () => client.patch(`/users/me/passkeys/${added.id}`, { name: 'My key' }))
  await client.post('/auth/log-out')

  const logIn = async (name: string, wrong = {}) => {
    const { publicKey } = await measure('log-in by a passkey, begun', () =>
      client.post<Options<RequestOptions>>('/auth/passkeys/options'),
    )
    const answer = { response: await authenticator.get(publicKey, wrong) }
    await measure(name, () => client.post('/auth/passkeys/log-in', answer))
  }
  await logIn('log-in by a passkey')
  await client.post('/auth/log-out')
  await logIn('log-in by a passkey, refused', { flags: { uv: false } })
  await logIn('log-in by a passkey that may be copied', { counter: 1 })

  await env.DB.prepare('UPDATE passkeys SET created_at = 0').run()
  await asIfByCode((await client.get<SessionAnswer>('/auth/session')).body, 'phone')
  await measure('passkey, asked to be removed', () => client.delete(`/users/me/passkeys/${added.id}`))
  const proof = { currentPassword: PASSWORD }
  await measure('passkey removed', () => client.delete(`/users/me/passkeys/${added.id}`, proof))
  await client.post('/auth/log-out')
}
