import { gte, sql } from 'drizzle-orm'
import type { Config } from '../config'
import type { Variables } from '../context'
import { batchNamed } from '../db/batch-named'
import type { Db } from '../db/client'
import { lastTimeIdAt } from '../db/time-id'
import { placesLeft, poolSize, selectTaken } from '../delivery/budget'
import { missingOf } from '../delivery/channels'
import { CHANNELS } from '../delivery/message'
import { POOLS } from '../delivery/tables'
import { findSchema } from '../health'
import { DAY_MS, isoTime } from '../lib/time'
import { uuidv7From } from '../lib/uuid'
import { otpCodes } from '../log-in/code/tables'
import { findFaults } from '../log-in/social/providers'
import { SCHEMA_VERSION } from '../schema-version'
import { sessions } from '../sessions/tables'
import { selectPurge } from '../signals/cron-runs'
import { recordOverview } from './acts'
import type { DoctorReport } from './doctor-schemas'
import { countHashes, countOlderSessions, countSecrets } from './old-keys'

/** What an examination needs. */
export interface Examining extends Pick<Variables, 'config' | 'keys' | 'operator' | 'primary'> {
  env: Partial<Pick<Env, 'SIGNALS'>>
  after: string
  now: number
}

/** Examines the deployment for `npm run doctor`: what only the Worker and its database know. */
export async function examine({ config, keys, operator, primary, ...about }: Examining): Promise<DoctorReport> {
  const { env, after, now } = about
  const db = primary()
  const schema = await findSchema(db)
  const [run] = await selectPurge(db)
  const since = run?.kid === keys.current.kid ? run.kidSince : null
  const authSecret = await countOlderSessions(db, keys, { since, now })
  const pepper = await countHashes(db, config, after)
  const secondFactors = await countSecrets(db, keys)
  // The record comes last: an examination that fails has told nobody anything.
  const { sms, email, newSessions, newCodes } = await readRows(db, { operator, now })
  const taken = { sms, email }
  return {
    now: isoTime(now),
    schema: { wants: SCHEMA_VERSION, finds: schema },
    plan: config.PLAN,
    passwords: config.PASSWORDS ?? 'on',
    publicOrigin: config.PUBLIC_ORIGIN,
    channels: CHANNELS.map((channel) => ({ channel, missing: missingOf(channel, config) })),
    providerFaults: await findFaults(config),
    alarms: config.ALARM_URL !== undefined,
    signals: env.SIGNALS !== undefined,
    purge: { at: run ? isoTime(run.at) : null, overdueSeconds: run?.overdueSeconds ?? {} },
    budgets: CHANNELS.flatMap((channel) =>
      POOLS.map((pool) => {
        const { sends = 0 } = taken[channel].find((one) => one.pool === pool) ?? {}
        const left = placesLeft({ channel, pool, budgets: config, now }, sends)
        return { channel, pool, left, size: poolSize(pool, budgetOf(config, channel)) }
      }),
    ),
    kvWritesToday: (newSessions[0]?.count ?? 0) + (newCodes[0]?.count ?? 0),
    authSecret,
    pepper,
    secondFactors,
  }
}

const budgetOf = (config: Config, channel: 'sms' | 'email'): number =>
  channel === 'sms' ? config.SMS_DAILY_BUDGET : config.EMAIL_DAILY_BUDGET

function readRows(db: Db, { operator, now }: { operator: string; now: number }) {
  const today = now - (now % DAY_MS)
  const count = { count: sql<number>`count(*)` }
  return batchNamed(db, {
    act: recordOverview(db, { operator, act: 'doctor', now }),
    sms: selectTaken(db, { channel: 'sms', now }),
    email: selectTaken(db, { channel: 'email', now }),
    newSessions: db
      .select(count)
      .from(sessions)
      .where(gte(sessions.id, uuidv7From(today))),
    newCodes: db
      .select(count)
      .from(otpCodes)
      .where(gte(otpCodes.id, lastTimeIdAt(today))),
  })
}
