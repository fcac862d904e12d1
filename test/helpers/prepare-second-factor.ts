import { env } from 'cloudflare:workers'
import { seal } from '../../src/lib/seal'
import { hashRecoveryCode } from '../../src/log-in/second-factor/recovery-codes'
import { ofSession, sealSecret } from '../../src/log-in/second-factor/sealed-secret'
import { askForSecondFactor } from '../../src/log-in/second-factor/token'
import { codeAt, stepAt } from '../../src/log-in/second-factor/totp'
import { MINUTE } from './clock'
import { NEW_DEVICE } from './devices'
import type { Person } from './people'
import { workerKeys } from './tokens'

/*
 * Second factors in D1, as if their owners had set them up: for the shared tests of all routes.
 */

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

/** A recovery code of every second factor that is prepared. */
export const RECOVERY_CODE = '7K2M-QX9D-40WJ-V6TA'

/** Bodies of requests that use what was prepared last. */
export const prepared = {
  logIn: { secondFactorToken: 'nobody has this', code: '000000' },
  confirmation: { code: '000000' },
}

/** Gives somebody a second factor, which all sessions have included, with a log-in that waits for it. */
export async function prepareSecondFactor({ user }: Pick<Person, 'user'>): Promise<void> {
  const keys = await workerKeys()
  const now = Date.now()
  const { secret, kid } = await sealSecret(keys, SECRET, user.id)
  const plain = RECOVERY_CODE.replaceAll('-', '')
  const others = ['a', 'b', 'c', 'd']
  const hashes = await Promise.all([plain, ...others].map((code) => hashRecoveryCode(user.id, code)))
  await env.DB.prepare(
    `INSERT OR REPLACE INTO second_factors (user_id, secret, kid, confirmed_at, since, recovery_hashes) VALUES (?, ?, ?, ?, ?, ?)`,
  )
    .bind(user.id, secret, kid, now - MINUTE, now - MINUTE, JSON.stringify(hashes))
    .run()
  await env.DB.prepare('UPDATE sessions SET second_factor_since = ? WHERE user_id = ?')
    .bind(now - MINUTE, user.id)
    .run()
  const find = env.DB.prepare('SELECT proof_stamp FROM users WHERE id = ?').bind(user.id)
  const pending = {
    userId: user.id,
    stamp: (await find.first<string>('proof_stamp')) ?? '',
    method: 'password' as const,
    proof: { provenBy: 'password' as const, provenSince: 0 },
    device: NEW_DEVICE,
    tokensIn: 'cookie' as const,
    factor: { confirmedAt: now - MINUTE, since: now - MINUTE, secret, kid },
  }
  const { secondFactorToken } = await askForSecondFactor(keys, pending, {
    recoveryCodesLeft: hashes.length,
    hasPasskey: true,
    now,
  })
  prepared.logIn = { secondFactorToken, code: RECOVERY_CODE }
}

/** Begins a set-up in somebody's session. */
export async function prepareSetUp({ user, session }: Pick<Person, 'user' | 'session'>): Promise<void> {
  const now = Date.now()
  const sealed = await seal((await workerKeys()).current.totp, SECRET, ofSession(user.id, session.id))
  await env.DB.prepare(
    'INSERT OR REPLACE INTO second_factors (user_id, pending_secret, pending_until) VALUES (?, ?, ?)',
  )
    .bind(user.id, sealed, now + 10 * MINUTE)
    .run()
  prepared.confirmation = { code: await codeAt(SECRET, stepAt(now)) }
}
