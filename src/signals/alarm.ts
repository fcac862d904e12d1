import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { alarmUrlSchema } from '../config'
import type { Background } from '../context'
import { openDb } from '../db/client'
import { PAUSE_MS } from '../http/after-answer'
import { openKv } from '../kv'
import { within } from '../lib/deadline'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/time'
import { type AlarmKind, alarmsByKind } from './alarm-kinds'
import { alarms } from './tables'

/*
 * Tells the people who run this deployment that something is wrong, in a message to ALARM_URL in the format of Slack. At most one of a
 * kind is sent in an hour, over all isolates: the insert decides.
 */

/** The receiver has to answer within this time. */
export const SEND_LIMIT_MS = 4 * SECOND_MS

/** When an isolate last asked D1 about each kind, so that a flood does not ask for every request. */
const asked = new WeakMap<object, Map<AlarmKind, number>>()

/**
 * Sends an alarm after the answer, if ALARM_URL is set and none of its kind was sent within an hour. A failure is only logged.
 */
export function raiseAlarm(env: Env, background: Background, kind: AlarmKind): void {
  const url = alarmUrl(env)
  if (url === null || !isDue(env, kind, Date.now())) return
  background(new Promise((resolve) => setTimeout(resolve, PAUSE_MS)).then(() => sendOnce(env, url, kind)))
}

/** The setting, also where another one is wrong: people should be told of that too. */
const alarmUrl = (env: object): string | null => alarmUrlSchema.safeParse(Reflect.get(env, 'ALARM_URL')).data ?? null

/** Each event of an alarm with a threshold has to be counted. */
function isDue(env: object, kind: AlarmKind, now: number): boolean {
  if (alarmsByKind[kind].threshold > 1) return true
  const times = asked.get(env) ?? new Map<AlarmKind, number>()
  const last = times.get(kind) ?? 0
  if (last <= now && now < last + MINUTE_MS) return false
  asked.set(env, times.set(kind, now))
  return true
}

/** Sends an alarm now, unless one of its kind was sent within an hour. It never throws. */
export async function sendOnce(env: Env, url: string, kind: AlarmKind): Promise<void> {
  try {
    if (await mayBeSent(env, kind, Date.now())) await send(env, url, kind)
  } catch (error) {
    // The error may quote the address, which is a secret.
    const reason = error instanceof Error ? error.name : typeof error
    console.warn(JSON.stringify({ level: 'warn', event: 'alarm_not_sent', kind, reason }))
  }
}

/** For cron, which has no answer to wait for. */
export async function sendAlarm(env: Env, kind: AlarmKind): Promise<void> {
  const url = alarmUrl(env)
  if (url !== null) await sendOnce(env, url, kind)
}

async function send(env: Env, url: string, kind: AlarmKind): Promise<void> {
  const where = env.PUBLIC_ORIGIN ? `Latchkey at ${env.PUBLIC_ORIGIN}` : 'Latchkey'
  const text = `${where}: ${alarmsByKind[kind].text} (${kind}; what to do: docs/operations.md)`
  const controller = new AbortController()
  const sending = fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text }),
    redirect: 'manual',
    signal: controller.signal,
  })
  const response = await within(SEND_LIMIT_MS, sending, () => controller.abort())
  await response.body?.cancel()
  const event = response.ok ? 'alarm_sent' : 'alarm_not_sent'
  console.warn(JSON.stringify({ level: 'warn', event, kind, status: response.status }))
}

/**
 * Whether this request is the one that sends. While D1 does not answer, KV decides: then several may be sent within an hour, but people
 * are told.
 */
async function mayBeSent(env: Env, kind: AlarmKind, now: number): Promise<boolean> {
  const id = crypto.randomUUID()
  try {
    const [row] = await countAlarm(env, { kind, id, now })
    return row?.sentBy === id
  } catch {
    const [kv, key] = [openKv(env.KV), `alarm:${kind}`]
    const isKnown = (await kv.get(key, z.number()).catch(() => null)) !== null
    if (!isKnown) await kv.put(key, now, HOUR_MS / SECOND_MS).catch(() => undefined)
    return !isKnown
  }
}

/** The race: many isolates at once. The first one whose count reaches the threshold puts its name into the row. */
function countAlarm(env: Env, { kind, id, now }: { kind: AlarmKind; id: string; now: number }) {
  const { threshold } = alarmsByKind[kind]
  const isNewHour = sql`${alarms.since} <= ${now - HOUR_MS}`
  const count = sql`CASE WHEN ${isNewHour} THEN 1 ELSE ${alarms.count} + 1 END`
  const isDueNow = sql`(${count}) >= ${threshold} AND ${alarms.sentAt} <= ${now - HOUR_MS}`
  const isFirst = threshold <= 1
  return openDb(env.DB, 'first-primary')
    .insert(alarms)
    .values({ kind, since: now, count: 1, sentAt: isFirst ? now : 0, sentBy: isFirst ? id : '' })
    .onConflictDoUpdate({
      target: alarms.kind,
      set: {
        since: sql`CASE WHEN ${isNewHour} THEN ${now} ELSE ${alarms.since} END`,
        count,
        sentAt: sql`CASE WHEN ${isDueNow} THEN ${now} ELSE ${alarms.sentAt} END`,
        sentBy: sql`CASE WHEN ${isDueNow} THEN ${id} ELSE ${alarms.sentBy} END`,
      },
    })
    .returning({ sentBy: alarms.sentBy })
}
