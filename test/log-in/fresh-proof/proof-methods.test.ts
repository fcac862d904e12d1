import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { interruptedD1 } from '../../helpers/bindings'
import { type ProblemBody, withBindings } from '../../helpers/client'
import { logInByCode } from '../../helpers/codes'
import { signUpWithContacts } from '../../helpers/devices'
import { giveIdentity, identityOf } from '../../helpers/identities'
import { addPasskey } from '../../helpers/passkeys'
import { logIn, outliveFreshProof, PASSWORD, type Person, signUp } from '../../helpers/people'
import { turnOn } from '../../helpers/second-factor'

/* What `fresh_proof_required` says about how the account can prove it: an app asks for that. */

/** The methods that a refusal names. */
async function methodsOf(person: Person, settings?: Partial<Env>): Promise<string[] | undefined> {
  await outliveFreshProof(person)
  const client = settings ? withBindings(person.client, settings) : person.client
  const { status, body } = await client.delete<{ code: string; methods?: string[] }>('/auth/sessions')
  expect([status, body.code]).toEqual([403, 'fresh_proof_required'])
  return body.methods
}

describe('a refusal for want of a fresh proof', () => {
  it('names the password', async () => {
    expect(await methodsOf(await signUp('alice'))).toEqual(['password'])
  })

  it('names no password where there are none', async () => {
    const alice = await signUpWithContacts('alice', ['alice@example.com'])
    expect(await methodsOf(alice, { PASSWORDS: 'off' })).toEqual(['code'])
  })

  it.each(['alice@example.com', '+821012345678'])('names a code to a contact: %s', async (to) => {
    expect(await methodsOf(await logInByCode(to))).toEqual(['code'])
  })

  it('names identities and passkeys, of the caller only', async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bob')]
    await giveIdentity(alice, identityOf('alice'))
    await addPasskey(bob)
    expect(await methodsOf(alice)).toEqual(['password', 'identity'])
    await giveIdentity(bob, identityOf('bob'))
    expect(await methodsOf(bob)).toEqual(['password', 'identity', 'passkey'])
  })

  it('is none for a session that has ended', async () => {
    const alice = await signUpWithContacts('alice', ['alice@example.com'])
    await outliveFreshProof(alice)
    await env.DB.prepare('DELETE FROM sessions').run()
    expect(await alice.client.delete('/auth/sessions')).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    })
  })
})

describe('a refusal to an account with a second factor', () => {
  const ask = ({ client }: Pick<Person, 'client'>, body?: object) =>
    client.delete<ProblemBody & { methods?: string[]; secondFactorCodes?: string[] }>('/auth/sessions', body)
  const named = ({ body }: Awaited<ReturnType<typeof ask>>) => [body.code, body.methods, body.secondFactorCodes]
  const ALL = ['fresh_proof_required', ['password', 'code', 'passkey'], ['totp', 'recovery_code']]

  async function aliceWithBoth() {
    const alice = await signUpWithContacts('alice', ['alice@example.com'])
    await addPasskey(alice)
    const old = await logIn('alice')
    const authenticator = await turnOn(alice)
    return { alice, old, authenticator }
  }

  it('names the same, and the codes that go with the password: after ten minutes', async () => {
    const { alice } = await aliceWithBoth()
    await outliveFreshProof(alice)
    const answer = await ask(alice)
    expect(named(answer)).toEqual(ALL)
    expect(answer.body.errors).toBeUndefined()
  })

  it('where the log-in did not include it', async () => {
    const { old } = await aliceWithBoth()
    expect(named(await ask(old))).toEqual(ALL)
  })

  it('where the password came without a code', async () => {
    const { old } = await aliceWithBoth()
    const answer = await ask(old, { currentPassword: PASSWORD })
    expect(named(answer)).toEqual(ALL)
    expect(answer.body.errors).toMatchObject([{ path: '/secondFactorCode', code: 'required' }])
  })

  it('where the factor was turned on between the password and the change', async () => {
    const { alice, old } = await aliceWithBoth()
    expect((await alice.client.delete('/users/me/totp')).status).toBe(204)
    const late = withBindings(old.client, { DB: interruptedD1(1, () => turnOn(alice)) })
    const answer = await ask({ client: late }, { currentPassword: PASSWORD })
    expect(named(answer)).toEqual(ALL)
  })

  it('names no recovery code once all are used', async () => {
    const { old } = await aliceWithBoth()
    await env.DB.prepare("UPDATE second_factors SET recovery_hashes = '[]'").run()
    expect(named(await ask(old))[2]).toEqual(['totp'])
  })

  it('names only the passkey where it is the second factor that everybody needs', async () => {
    const alice = await signUpWithContacts('alice', ['alice@example.com'])
    await addPasskey(alice)
    const client = withBindings(alice.client, { REQUIRE_SECOND_FACTOR: 'all' })
    const expected = ['fresh_proof_required', ['passkey'], undefined]
    expect(named(await ask({ client }))).toEqual(expected)
    expect(named(await ask({ client }, { currentPassword: PASSWORD }))).toEqual(expected)
    expect(named(await ask({ client }, { currentPassword: PASSWORD, secondFactorCode: '123456' }))).toEqual(expected)
  })
})
