import { describe, expect, it } from 'vitest'
import { PROVIDER_IDS, type ProviderId } from '../../../src/users/provider-ids'
import type { User } from '../../../src/users/schemas'
import { Client } from '../../helpers/client'
import { newPerson, type Person } from '../../helpers/providers'
import { goThrough, logInWith } from '../../helpers/social-log-in'
import { rowsOf } from '../../helpers/storage'

const userOf = async (client: Client) => (await client.get<User>('/users/me')).body

interface IdentityAnswer {
  provider: ProviderId
  name: string
  label: string | null
}
const identitiesOf = async (client: Client) =>
  (await client.get<{ identities: IdentityAnswer[] }>('/users/me/identities')).body.identities

/** Logs in with a browser that nobody has seen before. */
const logIn = async (provider: ProviderId, person: Person) => (await logInWith(provider, person)).client

describe('logging in with a provider', () => {
  it('lists the providers in their order', async () => {
    const { body } = await new Client().get<{ providers: { id: string; name: string }[] }>('/auth/social')
    expect(body.providers.map(({ id }) => id)).toEqual(PROVIDER_IDS)
    expect(body.providers.map(({ name }) => name)).toEqual(
      'Google,Apple,GitHub,Microsoft,Kakao,Naver,LINE,Example,Test provider'.split(','),
    )
  })

  it.each(PROVIDER_IDS)('%s: makes an account the first time, and is the same user after that', async (provider) => {
    const person = newPerson({ isFirstTime: true })
    const first = await userOf(await logIn(provider, person))
    expect(first.name).toBe('Jane Doe')
    const changed = { ...person, name: 'Jane Roe', email: `new-${person.email}`, isFirstTime: false }
    const second = await userOf(await logIn(provider, changed))
    expect(second).toEqual(first)
    expect(await rowsOf('users')).toHaveLength(1)
    expect(await rowsOf('identities')).toHaveLength(1)
  })

  it.each(PROVIDER_IDS)('%s: tells people apart by the subject, without an address too', async (provider) => {
    const people = [newPerson(), newPerson()].map(({ subject }) => ({ subject, name: 'Jane Doe' }))
    const users = await Promise.all(people.map(async (person) => userOf(await logIn(provider, person))))
    expect(users[0]?.id).not.toBe(users[1]?.id)
    expect(users.map((user) => user.email)).toEqual([null, null])
  })

  /** Whether the account gets the address of the identity. */
  const addresses: [string, ProviderId, Partial<Person>, boolean][] = [
    ['a verified one', 'google', {}, true],
    ['one that is not verified', 'google', { emailVerified: false }, false],
    ['a verified one, which Apple writes as text', 'apple', {}, true],
    ['one that is not verified, which Apple writes as text', 'apple', { emailVerified: false }, false],
    ['the primary one, verified', 'github', {}, true],
    ['the primary one, not verified', 'github', { emailVerified: false }, false],
    ['one with a domain that its owner has verified', 'microsoft', { domainOwnerVerified: true }, true],
    ['the same, written as text', 'microsoft', { domainOwnerVerified: '1' }, true],
    ['the same, written as a number', 'microsoft', { domainOwnerVerified: 1 }, true],
    ['one that anybody can have written', 'microsoft', {}, false],
    ['one of which the domain is not verified', 'microsoft', { domainOwnerVerified: false }, false],
    ['the same, written as text', 'microsoft', { domainOwnerVerified: '0' }, false],
    ['a valid and verified one', 'kakao', {}, true],
    ['one that is not verified', 'kakao', { emailVerified: false }, false],
    ['one that now belongs to another account there', 'kakao', { emailValid: false }, false],
    ['any', 'naver', {}, false],
    ['any', 'line', {}, false],
    ['a verified one', 'oidc', {}, true],
    ['one that is not verified', 'oidc', { emailVerified: false }, false],
    ['a verified one', 'test', {}, true],
    ['one that is not verified', 'test', { emailVerified: false }, false],
  ]
  it.each(addresses)('takes %s of %s (%j): %s', async (_which, provider, about, isTaken) => {
    const person = newPerson(about)
    const client = await logIn(provider, person)
    expect((await userOf(client)).email).toBe(isTaken ? person.email : null)
    // GitHub has user names. LINE is not asked for the address, because it does not verify it.
    const label = provider === 'github' ? `user-${person.subject}` : provider === 'line' ? person.name : person.email
    expect(await identitiesOf(client)).toMatchObject([{ provider, label }])
  })

  it('takes only the primary address of GitHub', async () => {
    const emails = [
      { email: 'other@example.com', primary: false, verified: true },
      { email: 'primary@example.com', primary: true, verified: false },
    ]
    expect((await userOf(await logIn('github', newPerson({ emails })))).email).toBeNull()
  })

  it('keeps the key of Microsoft apart by tenant', async () => {
    const person = newPerson({ oid: '6ad74d43-4bd2-4b6c-9be5-3c83c2f2ab0d' })
    const other = { ...person, tenant: '72f988bf-86f1-41af-91ab-2d7cd011db47' }
    const users = [await userOf(await logIn('microsoft', person)), await userOf(await logIn('microsoft', other))]
    expect(users[0]?.id).not.toBe(users[1]?.id)
    expect((await rowsOf('identities')).map(({ issuer }) => issuer).sort()).toEqual([
      'https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0',
      'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    ])
  })

  it('reads the name that Apple sends the first time, and nothing else of that form', async () => {
    const person = newPerson({ isFirstTime: true, name: 'Ada Lovelace', emailVerified: false })
    const user = await userOf(await logIn('apple', person))
    expect(user).toMatchObject({ name: 'Ada Lovelace', email: null })
  })

  it('goes on without the `iss` of providers that do not always send it', async () => {
    for (const provider of ['google', 'github'] as const) {
      const { answer } = await goThrough(provider, newPerson(), { fault: 'no_callback_iss' })
      expect(answer.status).toBe(303)
    }
  })
})
