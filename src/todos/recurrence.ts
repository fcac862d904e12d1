import { RRuleTemporal } from 'rrule-temporal'
import { BoundedMap } from '../lib/bounded-map'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../lib/time'
import { instantOf, wallClockAt } from '../lib/zone'
import { type DueColumns, wallClockOf } from './due'

/*
 * To-dos that come again, by the rules of calendars (RFC 5545 3.3.10). A rule is read on the wall clock of the zone that the due date was
 * meant in, so 18:00 stays 18:00 when clocks change. On the night that has no 02:30, it is 03:30.
 */

export const MAX_RULE_LENGTH = 200

/**
 * How many days, weeks, months or years without an occurrence are looked at, so that a rule that never comes is given up after a ms or two.
 * It is enough for one month of the year and, in months and years, for 29 February.
 */
const MAX_ITERATIONS = { DAILY: 400, WEEKLY: 60, MONTHLY: 100, YEARLY: 12 }

const NUMBER = '(?:[1-9]|[1-9]\\d|[1-9]\\d\\d)'
const DAY = '(?:MO|TU|WE|TH|FR|SA|SU)'
const listOf = (item: string) => new RegExp(`^${item}(?:,${item}){0,30}$`)

/** What a rule may have. Nobody has to-dos that come each hour. */
const PARTS: Record<string, RegExp> = {
  FREQ: /^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: new RegExp(`^${NUMBER}$`),
  COUNT: new RegExp(`^${NUMBER}$`),
  UNTIL: /^\d{8}(?:T\d{6}Z?)?$/,
  BYDAY: listOf(`(?:[+-]?[1-5])?${DAY}`),
  BYMONTHDAY: listOf('-?(?:[1-9]|[12]\\d|3[01])'),
  BYMONTH: listOf('(?:[1-9]|1[0-2])'),
  // Only for the time of a night that has no such time: see `intendedTime`.
  BYHOUR: /^(?:1?\d|2[0-3])$/,
  BYMINUTE: /^[1-5]?\d$/,
  BYSETPOS: listOf(`-?${NUMBER}`),
  WKST: new RegExp(`^${DAY}$`),
}

/** Rules that were read before. A schema asks for the same one twice, and people have few. */
const known = new BoundedMap<{ kept: string | null }>(500)

/**
 * Reads a rule such as `FREQ=WEEKLY;BYDAY=MO,WE`. Letter case, and `RRULE:` in front, do not count.
 * @returns the rule as it is kept, `FREQ` first; null if it is none that we take
 */
export function readRule(typed: string): string | null {
  if (typed.length > MAX_RULE_LENGTH) return null
  return known.getOrMake(typed, () => ({ kept: readNewRule(typed) })).kept
}

function readNewRule(typed: string): string | null {
  const rule = typed
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '')
  const parts = rule.split(';').map((part) => part.split('='))
  const names = new Set(parts.map(([name]) => name))
  const isKnown = parts.every(([name = '', value = '', ...more]) => more.length === 0 && PARTS[name]?.test(value))
  if (!isKnown || !names.has('FREQ') || names.size !== parts.length) return null
  if (names.has('COUNT') && names.has('UNTIL')) return null
  // A position is one among the days of a month or a year (RFC 5545 3.3.10).
  if (/BYDAY=[^;]*\d|BYSETPOS/.test(rule) && !/FREQ=(?:MONTHLY|YEARLY)/.test(rule)) return null
  const ordered = [...names].sort((one, other) => Number(other === 'FREQ') - Number(one === 'FREQ'))
  const kept = ordered.map((name) => parts.find(([named]) => named === name)?.join('=')).join(';')
  return firstAfter(kept, 0, 0) === undefined ? null : kept
}

const TIME_OF_DAY = /;BY(?:HOUR|MINUTE)=\d+/g

/** The rule without the time of a night that has no such time: for whoever has the intended time. */
export const withoutTimeOfDay = (rule: string): string => rule.replace(TIME_OF_DAY, '')

/**
 * When a to-do was meant to be due, on its wall clock. On the night that has no 02:30, it is due at 03:30. Its rule then says 02:30, so that it
 * is due at 02:30 again on the next day. For any other due date, the rule does not count.
 */
export function intendedTime(rule: string, { dueAt, dueZone }: DueColumns): number {
  const shown = wallClockOf({ dueAt, dueZone })
  if (dueZone === null) return shown
  const [hour, minute] = ['HOUR', 'MINUTE'].map((part) => Number(new RegExp(`;BY${part}=(\\d+)`).exec(rule)?.[1]))
  if (hour === undefined || minute === undefined || Number.isNaN(hour + minute)) return shown
  const intended = Math.floor(shown / DAY_MS) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS
  return instantOf(intended, dueZone) === dueAt ? intended : shown
}

/** The rule of an occurrence that is due then. It says the time of day if the wall clock does not show it. */
export function ruleFor({ wallClockMs, rule }: Occurrence, { dueAt, dueZone }: DueColumns): string {
  if (dueZone === null || wallClockAt(dueAt, dueZone) === wallClockMs) return rule
  const time = new Date(wallClockMs)
  return `${rule};BYHOUR=${time.getUTCHours()};BYMINUTE=${time.getUTCMinutes()}`
}

/** An occurrence, on a wall clock: the ms that the same figures have in UTC. */
export interface Occurrence {
  wallClockMs: number
  /** The rule of the to-do that is due then. */
  rule: string
}

/**
 * The occurrence after the one that is done, and not before `fromMs`: whoever completes a daily to-do three days late gets the one of
 * today, and not three of them. `COUNT` counts those that are made: the next one has one less.
 * @param wallClockMs when the one that is done was due
 * @param fromMs the first ms of today, on the same wall clock
 * @returns null if it was the last one
 */
export function nextOccurrence(typed: string, wallClockMs: number, fromMs: number): Occurrence | null {
  const count = Number(/COUNT=(\d+)/.exec(typed)?.[1] ?? Number.POSITIVE_INFINITY)
  if (count === 1) return null
  const rule = withoutTimeOfDay(typed).replace(/;COUNT=\d+/, '')
  const next = firstAfter(rule, wallClockMs, Math.max(wallClockMs, fromMs - 1))
  if (typeof next !== 'number') return null
  return { wallClockMs: next, rule: count === Number.POSITIVE_INFINITY ? rule : `${rule};COUNT=${count - 1}` }
}

const iterationsOf = (rule: string): number =>
  Object.entries(MAX_ITERATIONS).find(([frequency]) => rule.includes(`FREQ=${frequency}`))?.[1] ?? 0

/** @returns the first occurrence later than `afterMs`; null if there is none; undefined if the rule makes no sense */
function firstAfter(rule: string, startMs: number, afterMs: number): number | null | undefined {
  const start = new Date(startMs).toISOString().replace(/[-:]/g, '').slice(0, 15)
  // A time of UNTIL is one on the same wall clock here.
  const until = rule.replace(/(UNTIL=\d{8})(?:T(\d{6})Z?)?/, (_, day, time = '235959') => `${day}T${time}Z`)
  try {
    const rruleString = `DTSTART;TZID=UTC:${start}\nRRULE:${until}`
    const rules = new RRuleTemporal({ rruleString, maxIterations: iterationsOf(rule) })
    return rules.next(new Date(afterMs), false)?.epochMilliseconds ?? null
  } catch {
    return undefined
  }
}

/** The first ms of the day that the wall clock of a zone shows. */
export function todayIn(zone: string, now: number): number {
  const clock = wallClockAt(now, zone)
  return Math.floor(clock / DAY_MS) * DAY_MS
}
