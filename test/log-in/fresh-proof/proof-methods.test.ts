import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { withBindings } from '../../helpers/client'
import { logInByCode } from '../../helpers/codes'
import { signUpWithContacts } from '../../helpers/devices'
import { giveIdentity, identityOf } from '../../helpers/identities'
import { addPasskey } from '../../helpers/passkeys'
import { outliveFreshProof, type Person, signUp } from '../../helpers/people'

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
