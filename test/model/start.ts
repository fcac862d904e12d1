import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { readConfig } from '../../src/config'
import { openDb } from '../../src/db/client'
import { openKv } from '../../src/kv'
import { issueCode } from '../../src/log-in/code/issue-code'
import { newRecoveryCodes } from '../../src/log-in/second-factor/recovery-codes'
import { sealSecret } from '../../src/log-in/second-factor/sealed-secret'
import { askForSecondFactor, openSecondFactorToken } from '../../src/log-in/second-factor/token'
import { newSecret } from '../../src/log-in/second-factor/totp'
import { Authenticator } from '../helpers/authenticator'
import { DAY, HOUR, MINUTE, setClock } from '../helpers/clock'
import { NEW_DEVICE } from '../helpers/devices'
import { exchangeFor, giveIdentity } from '../helpers/identities'
import { addPasskey } from '../helpers/passkeys'
import { withBearer } from '../helpers/people'
import { dump, insertRow, tableNames } from '../helpers/storage'
import { workerKeys } from '../helpers/tokens'
import {
  beginSession,
  EMAILS,
  emptyModel,
  guardKey,
  IDENTITIES,
  type Model,
  newUser,
  PASSWORDS,
  PURPOSES,
  passkeyKey,
  rotate,
  START,
  stampOf,
} from './model'
import type { App, Device, IdentityProof, OwnPasskey, WaitingLogIn, World } from './world'

/*
 * The start of every run. Alice has an e-mail address, Bob has none. Each has the first password and a session, which is an hour
 * old and was refreshed just now. Each has a passkey, and Bob an identity at a provider. Alice
 * may have a second factor, and then three log-ins that wait for it. There are verification tokens for both addresses.
 */

/** What has happened before a run. */
export interface Past {
  /** Wrong guesses for each recipient and purpose. */
  wrong: number
  /** How long ago codes were sent to each recipient (ms). */
  sentAgo: number[]
  /** Whether Alice has a second factor. Her session is from before it. */
  hasFactor: boolean
}

export const describePast = ({ wrong, sentAgo, hasFactor }: Past): string =>
  `Alice ${hasFactor ? 'has' : 'has no'} second factor, ${wrong} wrong guesses for each recipient and purpose, ${sentAgo.length} codes to each recipient`

/** The codes of the past count for their recipients alone. */
export const PAST_GUARD = 'past'

const USERNAMES = ['alice', 'bob']

/** Prepares once what all runs have in common. `begin(past)` then sets D1 and the world to the start, and gives a model of it. */
export async function prepareStart(world: World): Promise<(past: Past) => Promise<Model>> {
  const { client } = world.connect('seoul')
  const learn = async (path: string, body: object) => {
    const answer = await client.post<object>(path, body)
    expect([200, 201]).toContain(answer.status)
    world.learn(answer)
  }
  setClock(START - HOUR)
  world.clear()
  for (const username of USERNAMES) await learn('/auth/sign-up', { username, password: PASSWORDS[0], tokens: 'body' })
  await env.DB.prepare('UPDATE users SET email = ? WHERE username = ?').bind(EMAILS[0], 'alice').run()
  const bob = world.devices[1]
  if (bob) await giveIdentity({ user: { id: bob.userId } }, IDENTITIES[0])
  world.exchanges = await makeExchanges()
  const passkeys = await Promise.all(world.devices.map(givePasskey))
  setClock(START)
  for (const { refreshTokens } of world.devices) await learn('/auth/refresh', { refreshToken: refreshTokens[0] })
  const codes = await askForAll(world)
  const { users = [], sessions = [], identities = [], passkeys: passkeyRows = [], otp_codes: sent = [] } = await dump()
  for (const { challengeId, code, purpose } of codes) {
    if (purpose !== 'log_in') await learn('/auth/otp/verify', { challengeId, code })
  }
  const { devices, proofs } = world
  const empty = (await tableNames()).map((table) => env.DB.prepare(`DELETE FROM "${table}"`))
  const people = Object.entries({ users, sessions, identities, passkeys: passkeyRows }).flatMap(([table, rows]) =>
    rows.map((row) => insertRow(table, row)),
  )

  /**
   * Rows as if these wrong guesses had been made at codes that no limit of sends counts any more, and then a code had been sent to each
   * recipient at these times.
   */
  const sendAgain = ({ wrong, sentAgo }: Omit<Past, 'hasFactor'>) => {
    const guessed = wrong === 0 ? [] : sent.map((row) => ({ ...row, wrong, sent_at: START - DAY }))
    const again = [...new Map(sent.map((row) => [row['recipient'], row])).values()].flatMap((row) =>
      sentAgo.map((ago) => ({ ...row, guard: PAST_GUARD, sent_at: START - ago })),
    )
    return [...guessed, ...again].map((row, index) => insertRow('otp_codes', { ...row, id: index + 1 }))
  }

  const alice = world.devices[0]?.userId ?? ''
  const { app, row } = await makeFactor(alice)
  const waiting = await Promise.all([1, 2, 3].map((n) => makeWaiting(n, row, users)))

  return async ({ wrong, sentAgo, hasFactor }) => {
    setClock(START)
    world.clear({ devices, proofs, passkeys, ...(hasFactor && { apps: [app], waiting }) })
    const factors = hasFactor ? [insertRow('second_factors', row)] : []
    await env.DB.batch([...empty, ...people, ...factors, ...sendAgain({ wrong, sentAgo })])

    const model = emptyModel()
    for (const [index, { sessionId, userId }] of devices.entries()) {
      const [username = '', email = null] = [USERNAMES[index], EMAILS.slice(0, 1)[index]]
      const since = START - HOUR
      const times = { createdAt: since, emailChangedAt: since, passwordChangedAt: since }
      model.users.set(userId, newUser({ username, email, password: PASSWORDS[0], ...times }))
      beginSession(model, sessionId, { userId, proof: { by: 'password', since } }, since)
      rotate(model, model.sessions.get(sessionId), { generation: 0 })
    }
    const owner = model.users.get(alice)
    const { secret, recoveryCodes } = app
    if (owner && hasFactor) {
      owner.factor = { secret, recoveryCodes, since: START - HOUR, lastStep: 0 }
      const proof = { by: 'password', since: START - HOUR } as const
      const about = { userId: alice, stamp: 0, proof, subject: null, expiresAt: START + 5 * MINUTE, guesses: 0 }
      for (const { id } of waiting) model.waiting.set(id, { ...about })
    }
    if (bob) model.identities.set(IDENTITIES[0].subject, { userId: bob.userId, linkedAt: START - HOUR })
    for (const { key, userId } of passkeys) model.passkeys.set(key, { userId, linkedAt: START - HOUR })
    for (const { jti, to } of proofs) model.tokenStamps.set(jti, stampOf(model, to))
    for (const { purpose, to, challengeId } of codes) {
      if (purpose === 'verify') model.sends.push(...sentAgo.map((ago) => ({ purpose, to, at: START - ago })))
      const stamp = stampOf(model, to)
      const guard = { challengeId, stamp, guesses: 0, isSpent: false, expiresAt: START, wrong, wrongSince: START }
      if (wrong > 0) model.guards.set(guardKey(purpose, to), guard)
    }
    return model
  }
}

/** Gives somebody a passkey, as a session has added it. */
async function givePasskey({ name, userId, accessToken }: Device): Promise<OwnPasskey> {
  const authenticator = new Authenticator({ counts: false })
  const { credentialId } = await addPasskey({ client: withBearer(accessToken) }, authenticator)
  return { name: `the passkey of ${name}`, userId, key: passkeyKey(credentialId), authenticator }
}

type FactorRow = Awaited<ReturnType<typeof factorRow>>

/** The second factor that Alice may have, with an app, and its row in D1. */
async function makeFactor(userId: string): Promise<{ app: App; row: FactorRow }> {
  const secret = newSecret()
  const { codes, hashes } = await newRecoveryCodes(userId)
  const row = await factorRow(userId, secret, hashes)
  return { app: { userId, secret, lastStep: 0, recoveryCodes: codes }, row }
}

async function factorRow(userId: string, plain: string, hashes: string[]) {
  const { secret, kid } = await sealSecret(await workerKeys(), plain, userId)
  const since = START - HOUR
  return {
    user_id: userId,
    secret,
    kid,
    confirmed_at: since,
    since,
    last_step: 0,
    recovery_hashes: JSON.stringify(hashes),
  }
}

/** A log-in of Alice by her password, which waits for her second factor. */
async function makeWaiting(n: number, row: FactorRow, users: Record<string, unknown>[]): Promise<WaitingLogIn> {
  const { user_id: userId, secret, kid, since, confirmed_at: confirmedAt } = row
  const stamp = String(users.find(({ id }) => id === userId)?.['proof_stamp'])
  const keys = await workerKeys()
  const pending = {
    userId,
    stamp,
    method: 'password' as const,
    proof: { provenBy: 'password' as const, provenSince: START - HOUR },
    device: NEW_DEVICE,
    tokensIn: 'body' as const,
    factor: { confirmedAt, since, secret, kid },
  }
  const { secondFactorToken: token } = await askForSecondFactor(keys, pending, {
    recoveryCodesLeft: 10,
    hasPasskey: true,
    now: START,
  })
  const { jti: id } = await openSecondFactorToken(keys, token, START)
  return { name: `waiting log-in ${n}`, token, id, userId }
}

/** Two exchange codes for each identity. They are good longer than any run takes. */
const makeExchanges = (): Promise<IdentityProof[]> =>
  Promise.all(
    IDENTITIES.flatMap((identity) =>
      [1, 2].map(async (n) => {
        const [jti, expiresAt] = [crypto.randomUUID(), START + 100 * DAY]
        const body = await exchangeFor(identity, expiresAt, jti)
        const name = `${identity.subject}, log-in ${n}`
        return { name, identity, body, jti, spentCode: 'invalid_exchange_code' as const, expiresAt }
      }),
    ),
  )

/** Sends a code to each recipient for each purpose. */
async function askForAll(world: World) {
  const [keys, db] = [await workerKeys(), openDb(env.DB, 'first-primary')]
  const { KV: kv } = world.connect('seoul').bindings
  const all = EMAILS.flatMap((to) => PURPOSES.map((purpose) => ({ to, purpose })))
  return Promise.all(
    all.map(async ({ to, purpose }) => {
      const contact = { channel: 'email', to } as const
      const asked = { purpose, contact, prefix: null, address: null, device: NEW_DEVICE, now: START }
      return { to, purpose, ...(await issueCode({ db, kv: openKv(kv), keys, config: readConfig(env) }, asked)) }
    }),
  )
}
