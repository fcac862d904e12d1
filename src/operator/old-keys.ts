import { and, gt, lt, lte, type SQL, sql } from 'drizzle-orm'
import type { Config } from '../config'
import { batchNamed } from '../db/batch-named'
import type { Db } from '../db/client'
import type { Keys } from '../keys'
import { isoTime } from '../lib/time'
import { uuidv7From } from '../lib/uuid'
import { pepperId } from '../log-in/password/hash'
import { sessions } from '../sessions/tables'
import { pastIdentifiers, secondFactors, users } from '../users/tables'
import type { DoctorReport } from './doctor-schemas'

/*
 * What still needs the secrets before the current ones. No index has a key's name, because each new hash would write one row more. So
 * these statements go through the tables in the order of the ids, a part at a time: D1 answers others in between.
 */

/** How many rows one statement reads, and how many statements one request runs. */
const PART_ROWS = 20_000
const PARTS = { free: 10, paid: 30 }

/** More sessions than this are not counted. */
const MAX_SESSIONS = 200_000

type PepperReport = DoctorReport['pepper']

/** Which peppers the password hashes name. @param after the id of the account before the first one that is read */
export async function countHashes(db: Db, config: Config, after: string): Promise<PepperReport> {
  const { PASSWORD_PEPPER: pepper, PASSWORD_PEPPER_PREVIOUS: previous } = config
  const id = await pepperId(pepper)
  const previousId = previous === undefined ? null : await pepperId(previous)
  const report: PepperReport = { id, previousId, hashes: 0, previousHashes: 0, unknownHashes: 0, next: after }
  const add = (counts: Counts) => {
    report.hashes += counts.hashes
    report.previousHashes += counts.previous
    report.unknownHashes += counts.hashes - counts.current - counts.previous
  }
  if (after === '') {
    const kept = db
      .select(countsOf(pastIdentifiers.passwordHash, { id, previousId }))
      .from(pastIdentifiers)
      .where(sql`rowid > 0`)
    for (const counts of await kept) add(counts)
  }
  for (let part = 0; report.next !== null && part < PARTS[config.PLAN]; part++) {
    const [counts] = await countPart(db, { id, previousId }, report.next)
    if (counts) add(counts)
    report.next = counts && counts.rows === PART_ROWS ? counts.last : null
  }
  return report
}

interface Counts {
  hashes: number
  current: number
  previous: number
}

interface Names {
  id: string
  previousId: string | null
}

const countsOf = (hash: SQL.Aliased | typeof pastIdentifiers.passwordHash, { id, previousId }: Names) => ({
  hashes: sql<number>`count(${hash})`,
  current: sql<number>`count(CASE WHEN instr(${hash}, ${`,p=${id}$`}) THEN 1 END)`,
  previous: sql<number>`count(CASE WHEN instr(${hash}, ${`,p=${previousId}$`}) THEN 1 END)`,
})

function countPart(db: Db, names: Names, after: string) {
  const hash = sql<string | null>`${users.passwordHash}`.as('hash')
  const part = db
    .select({ id: sql<string>`${users.id}`.as('part_id'), hash })
    .from(users)
    .where(gt(users.id, after))
    .orderBy(users.id)
    .limit(PART_ROWS)
    .as('part')
  return db
    .select({ rows: sql<number>`count(*)`, last: sql<string>`max(${part.id})`, ...countsOf(part.hash, names) })
    .from(part)
}

/** How many sessions may still have a refresh token that the secret before has signed. Null if they are too many to count. */
export async function countOlderSessions(
  db: Db,
  keys: Keys,
  { since, now }: { since: number | null; now: number },
): Promise<DoctorReport['authSecret']> {
  const [current, previous] = keys.all
  const about = {
    kid: current?.kid ?? '',
    previousKid: previous?.kid ?? null,
    since: since === null ? null : isoTime(since),
  }
  if (previous === undefined || since === null) return { ...about, olderSessions: null }
  const part = db
    .select({
      seen: sql<number>`${sessions.lastSeenAt}`.as('seen'),
      ends: sql<number>`${sessions.expiresAt}`.as('ends'),
    })
    .from(sessions)
    .where(lt(sessions.id, uuidv7From(since)))
    .orderBy(sessions.id)
    .limit(MAX_SESSIONS)
    .as('part')
  const { counted } = await batchNamed(db, {
    counted: db
      .select({
        rows: sql<number>`count(*)`,
        older: sql<number>`count(CASE WHEN ${and(lte(part.seen, since), gt(part.ends, now))} THEN 1 END)`,
      })
      .from(part),
  })
  const [{ rows, older } = { rows: 0, older: 0 }] = counted
  return { ...about, olderSessions: rows < MAX_SESSIONS ? older : null }
}

/** How many secrets of authenticator apps are read. */
const MAX_SECRETS = 200_000

/** Under which keys the secrets of authenticator apps are sealed. Cron seals those that the key before has. */
export async function countSecrets(db: Db, { all: [current, previous] }: Keys): Promise<DoctorReport['secondFactors']> {
  const part = db
    .select({ key: sql<string | null>`${secondFactors.kid}`.as('key') })
    .from(secondFactors)
    .where(gt(secondFactors.userId, ''))
    .orderBy(secondFactors.userId)
    .limit(MAX_SECRETS)
    .as('part')
  const countOf = (kid: string | undefined) => sql<number>`count(CASE WHEN ${part.key} = ${kid ?? ''} THEN 1 END)`
  const [counts] = await db
    .select({ secrets: sql<number>`count(${part.key})`, now: countOf(current?.kid), before: countOf(previous?.kid) })
    .from(part)
  const { secrets, now, before } = counts ?? { secrets: 0, now: 0, before: 0 }
  return { secrets, previousSecrets: before, unknownSecrets: secrets - now - before }
}
