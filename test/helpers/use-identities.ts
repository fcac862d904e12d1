import { expect } from 'vitest'
import type { Identity } from '../../src/account-data/identities'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { exchangeFor, identityOf } from './identities'
import { authorize, idTokenOf, newPerson, type Person } from './providers'
import { asIfByCode } from './removal-requests'
import { beginAt } from './social-log-in'
import { verificationTokenFor } from './tokens'
import type { Measuring } from './use-everything'

const NONCE = 'a nonce of an app'

/** Log-ins by providers, from a browser that nobody is signed in with, and the identities of an account. */
export async function useIdentities({ client, measure }: Measuring): Promise<void> {
  const person = newPerson({ email: 'jane@gmail.com' })
  const comeBackAs = async (name: string, who: Person) => {
    const start = await beginAt('google', client)
    await measure(name, () => client.get(authorize(start, who).path))
  }
  await measure('providers', () => client.get('/auth/social'))
  await measure('log-in by a provider, begun', () => client.get('/auth/social/google'))
  await comeBackAs('log-in by a provider, new account', person)
  await client.post('/auth/log-out')
  await comeBackAs('log-in by a provider', person)
  await client.post('/auth/log-out')
  await signUpWith('john@gmail.com', { client })
  await comeBackAs('log-in by a provider, joined by the address', newPerson({ email: 'john@gmail.com' }))
  await client.post('/auth/log-out')
  await signUpWith('jim@example.com', { client })
  await comeBackAs('log-in by a provider, address not proven', newPerson({ email: 'jim@example.com' }))

  const idToken = await idTokenOf('google', person, { nonce: NONCE })
  await measure('log-in by an ID token', () => client.post('/auth/social/google', { idToken, nonce: NONCE }))
  await client.post('/auth/log-out')
  const exchange = await exchangeFor(identityOf(person.subject))
  await measure('log-in by an exchange code', () => client.post('/auth/social/exchange', exchange))
  await linkAndUnlink({ client, measure })
}

/** Makes an account for a contact, in the browser that it then leaves. */
async function signUpWith(to: string, { client }: Pick<Measuring, 'client'>): Promise<void> {
  const verificationTokens = [await verificationTokenFor({ channel: 'email', to })]
  expect((await client.post('/auth/sign-up', { verificationTokens })).status).toBe(201)
  await client.post('/auth/log-out')
}

async function linkAndUnlink({ client, measure }: Measuring): Promise<void> {
  const begun = await measure('identity link, begun', () =>
    client.post<{ authorizationUrl: string }>('/auth/social/github/link', {}),
  )
  await measure('identity linked, by a browser', () =>
    client.get(authorize(begun.authorizationUrl, newPerson({ login: 'jane' })).path),
  )
  const idToken = await idTokenOf('kakao', newPerson(), { nonce: NONCE })
  const proof = { provider: 'kakao', idToken, nonce: NONCE }
  const linked = await measure('identity linked, by an ID token', () =>
    client.post<Identity>('/users/me/identities', proof),
  )
  const { identities } = await measure('identities', () =>
    client.get<{ identities: Identity[] }>('/users/me/identities'),
  )
  await measure('identity removed', () => client.delete(`/users/me/identities/${linked.id}`))
  await asIfByCode((await client.get<SessionAnswer>('/auth/session')).body, 'phone')
  const other = identities.find(({ id }) => id !== linked.id)
  await measure('identity, asked to be removed', () => client.delete(`/users/me/identities/${other?.id}`))
}
