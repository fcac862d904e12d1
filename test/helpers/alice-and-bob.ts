import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, expect } from 'vitest'
import { readConfig } from '../../src/config'
import { openDb } from '../../src/db/client'
import type { CodePurpose } from '../../src/delivery/message'
import { openKv } from '../../src/kv'
import { issueCode } from '../../src/log-in/code/issue-code'
import type { List } from '../../src/todos/lists/schemas'
import type { Todo } from '../../src/todos/schemas'
import type { User } from '../../src/users/schemas'
import { giveFeed } from './calendar-feeds'
import { Client } from './client'
import { NEW_DEVICE } from './devices'
import { giveIdentity, identityOf, proofsOf } from './identities'
import { makePasskeys } from './passkeys'
import { type Person, signUp } from './people'
import type { Guess, Owner } from './requests'
import { beginAt } from './social-log-in'
import { dump, dumpKv, keepInD1, keepInKv } from './storage'
import { verificationTokenFor, workerKeys } from './tokens'

/** A code as the Worker makes it for anybody who asks. No message is sent. */
async function issueCodeFor(to: string, purpose: CodePurpose): Promise<Guess> {
  const { challengeId, code } = await issueCode(
    { db: openDb(env.DB, 'first-primary'), kv: openKv(env.KV), keys: await workerKeys(), config: readConfig(env) },
    { purpose, contact: { channel: 'email', to }, prefix: null, address: null, device: NEW_DEVICE, now: Date.now() },
  )
  return { challengeId, code }
}

/** Gives somebody an identity at Google, and proofs of it and of another one that nobody has. */
async function makeIdentities(person: Person): Promise<Owner['identities']> {
  const own = identityOf(`of-${person.username}`, { label: `${person.username}@gmail.com` })
  return {
    own: { id: await giveIdentity(person, own), ...(await proofsOf(own)) },
    other: await proofsOf(identityOf(`another-of-${person.username}`)),
  }
}

/** Gives somebody a to-do, a list, an e-mail address, an identity at Google, a passkey, a calendar link, and tokens and codes to use. */
export async function makeOwner(person: Person, phone: string): Promise<Owner> {
  const { client, username } = person
  const [email, newEmail] = [`${username}@example.com`, `new-${username}@example.com`]
  const todo = await client.post<Todo>('/todos', { contents: `A to-do of ${username}` })
  const list = await client.post<List>('/lists', { name: `A list of ${username}` })
  const put = { verificationToken: await verificationTokenFor({ channel: 'email', to: email }) }
  const withEmail = await client.put<User>('/users/me/email', put)
  expect([todo.status, list.status, withEmail.status]).toEqual([201, 201, 200])
  return {
    ...person,
    user: withEmail.body,
    todo: todo.body,
    list: list.body,
    proofs: {
      email: await verificationTokenFor({ channel: 'email', to: newEmail }),
      phone: await verificationTokenFor({ channel: 'sms', to: phone }),
    },
    codes: {
      verify: await issueCodeFor(newEmail, 'verify'),
      logIn: await issueCodeFor(email, 'log_in'),
      firstLogIn: await issueCodeFor(newEmail, 'log_in'),
    },
    identities: await makeIdentities(person),
    passkeys: await makePasskeys(person),
    feedToken: await giveFeed(person),
    atProvider: await beginAt('google', client),
  }
}

/**
 * Alice and Bob, with an e-mail address and a to-do each, before every test of a suite. They sign up before the first test.
 * The other tests start from a copy of D1 as it was then. Of KV they have the codes, and no copy of their sessions. Each call of `alice()` gives a
 * new browser that is signed in.
 */
export function aliceAndBob(): { alice: () => Owner; bob: () => Owner } {
  let first: { alice: Owner; bob: Owner } | undefined
  beforeEach(async () => {
    if (first) return
    const [alice, bob] = await Promise.all([signUp('alice'), signUp('bob')])
    first = {
      alice: await makeOwner(alice, '+821010000001'),
      bob: await makeOwner(bob, '+821020000002'),
    }
    keepInD1(await dump())
    await keepInKv(await dumpKv('otp:'))
  })
  afterAll(() => {
    keepInD1({})
    return keepInKv(new Map())
  })
  const person = (name: 'alice' | 'bob') => (): Owner => {
    if (!first) throw new Error(`${name} has not signed up yet`)
    const client = new Client()
    for (const cookie of ['__Host-access', '__Secure-refresh', '__Host-device', '__Host-social']) {
      const value = first[name].client.cookies.get(cookie)
      if (value !== undefined) client.cookies.set(cookie, value)
    }
    return { ...first[name], client }
  }
  return { alice: person('alice'), bob: person('bob') }
}

/** The key under which KV has a copy of the session. */
export const sessionKey = ({ session }: Pick<Person, 'session'>): string => `session:${session.id}`

/** Ends the session in D1 and removes its copy from KV. */
export async function endSession(owner: Owner): Promise<void> {
  await env.DB.prepare('DELETE FROM sessions WHERE id = ?').bind(owner.session.id).run()
  await env.KV.delete(sessionKey(owner))
}

/** Ends the session in D1, while KV still has a copy of it, as a distant location may. */
export async function endSessionButKeepCopy(owner: Owner): Promise<void> {
  const { session, user } = owner
  await endSession(owner)
  await env.KV.put(sessionKey(owner), JSON.stringify({ session, user }), { expirationTtl: 60 })
}
