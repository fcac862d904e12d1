import { beforeEach, describe, expect, it } from 'vitest'
import { MAX_PASSKEYS } from '../../../src/users/passkeys'
import { Authenticator } from '../../helpers/authenticator'
import { interruptedD1 } from '../../helpers/bindings'
import { Client, withBindings } from '../../helpers/client'
import { logInByCode } from '../../helpers/codes'
import { block } from '../../helpers/operator'
import { addPasskey, beginLogIn, beginPasskey, newPasskey } from '../../helpers/passkeys'
import { type Person, signUp, tally, together } from '../../helpers/people'
import { rowsOf } from '../../helpers/storage'

let alice: Person
let authenticator: Authenticator

beforeEach(async () => {
  alice = await signUp('alice')
  authenticator = new Authenticator()
  await addPasskey(alice, authenticator)
})

const outcomes = (answers: { status: number; body: { code?: string } }[]) =>
  tally(answers.map(({ status, body }) => body?.code ?? status))

/** A browser that has a challenge, and the answer of the authenticator to it. */
async function answered(): Promise<{ client: Client; body: object }> {
  const client = new Client()
  const { publicKey } = await beginLogIn(client)
  return { client, body: { response: await authenticator.get(publicKey) } }
}

describe('100 uses of one challenge at once', () => {
  it('begin one session', async () => {
    const { client, body } = await answered()
    const sessions = (await rowsOf('sessions')).length
    const answers = await together(100, () =>
      new Client().copyCookies(client).post<{ code?: string }>('/auth/passkeys/log-in', body),
    )
    expect(outcomes(answers)).toEqual({ 200: 1, invalid_passkey: 99 })
    expect(await rowsOf('sessions')).toHaveLength(sessions + 1)
  })

  it('add one passkey, whoever it is of', async () => {
    const { publicKey, challengeToken } = await beginPasskey(alice)
    const responses = await together(100, () => new Authenticator().create(publicKey))
    const answers = await together(100, (n) =>
      alice.client.post<{ code?: string }>('/users/me/passkeys', { response: responses[n], challengeToken }),
    )
    expect(outcomes(answers)).toEqual({ 201: 1, invalid_passkey: 99 })
    expect(await rowsOf('passkeys')).toHaveLength(2)
  })

  it('add the same passkey once, and all of them are told that it is there', async () => {
    const body = await newPasskey(alice)
    const answers = await together(100, () => alice.client.post<{ code?: string }>('/users/me/passkeys', body))
    expect(outcomes(answers)).toEqual({ 201: 1, 200: 99 })
    expect(await rowsOf('passkeys')).toHaveLength(2)
    expect((await rowsOf('activity')).filter(({ event }) => event === 'passkey_added')).toHaveLength(2)
  })
})

describe('50 passkeys at once', () => {
  it('are ten of one account', async () => {
    const bodies = await together(50, () => newPasskey(alice))
    const answers = await together(50, (n) => alice.client.post<{ code?: string }>('/users/me/passkeys', bodies[n]))
    expect(outcomes(answers)).toEqual({ 201: MAX_PASSKEYS - 1, too_many_passkeys: 50 - MAX_PASSKEYS + 1 })
    expect(await rowsOf('passkeys')).toHaveLength(MAX_PASSKEYS)
  })

  it('are ten of each of two accounts', async () => {
    const bob = await signUp('bob')
    const bodies = await together(50, (n) => newPasskey(n % 2 === 0 ? alice : bob))
    await together(50, (n) => (n % 2 === 0 ? alice : bob).client.post('/users/me/passkeys', bodies[n]))
    const owners = (await rowsOf('passkeys')).map((row) => String(row['user_id']))
    expect(tally(owners)).toEqual({ [alice.user.id]: MAX_PASSKEYS, [bob.user.id]: MAX_PASSKEYS })
  })
})

it('one passkey that two accounts add at once is of one of them', async () => {
  const bob = await signUp('bob')
  const credentialId = crypto.getRandomValues(new Uint8Array(16))
  const people = [alice, bob]
  const bodies = await Promise.all(people.map((person) => newPasskey(person, { wrong: { credentialId } })))
  const answers = await together(10, (n) =>
    (people[n % 2] ?? alice).client.post<{ code?: string }>('/users/me/passkeys', bodies[n % 2]),
  )
  expect(outcomes(answers)).toEqual({ 201: 1, 200: 4, passkey_taken: 5 })
})

describe('between the check of an answer and the session', () => {
  const interrupted = async (act: () => Promise<unknown>) => {
    const { client, body } = await answered()
    const late = withBindings(client, { DB: interruptedD1(1, act) })
    return late.post('/auth/passkeys/log-in', body)
  }

  it('the passkey is removed', async () => {
    const [own] = await rowsOf('passkeys')
    const answer = await interrupted(() => alice.client.delete(`/users/me/passkeys/${own?.['id']}`))
    expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_passkey' } })
  })

  it('the account is deleted', async () => {
    const answer = await interrupted(() => alice.client.delete('/users/me'))
    expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_passkey' } })
  })

  it('the account is blocked', async () => {
    const answer = await interrupted(() => block(alice.user))
    expect(answer).toMatchObject({ status: 403, body: { code: 'account_blocked' } })
    expect(await rowsOf('spent_tokens')).toHaveLength(1)
  })
})

it('the last two ways to log in that are removed at once are one', async () => {
  const { client } = await logInByCode('carol@example.com')
  const { id } = await addPasskey({ client })
  const answers = await Promise.all([client.delete(`/users/me/passkeys/${id}`), client.delete('/users/me/email')])
  expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 409: 1 })
})

it('of two log-ins at once, the later counter stays, and nobody is suspected', async () => {
  const [first, second] = [await answered(), await answered()]
  const answers = await Promise.all(
    [second, first].map(({ client, body }) => client.post('/auth/passkeys/log-in', body)),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  const counters = (await rowsOf('passkeys')).map(({ counter }) => counter)
  expect(counters).toEqual([authenticator.passkey?.counter])
  expect((await rowsOf('activity')).filter(({ event }) => event === 'passkey_maybe_copied')).toEqual([])
})
