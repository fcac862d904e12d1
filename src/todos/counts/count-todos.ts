import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import { DAY_MS } from '../../lib/time'
import { MAX_COUNTED } from '../../limits'
import { type CallerRead, type CallerValues, prebuildForCaller, readAsCaller } from '../../sessions/caller-statements'
import { sessions } from '../../sessions/tables'
import { selectZone } from '../../users/zone'
import { type DueRange, dueRangesOf } from '../due-ranges'
import { todayIn } from '../recurrence'
import { NO_DUE_ORDER, todos } from '../tables'
import type { TodoCounts } from './schemas'

/*
 * How many to-dos are open. One statement reads at most 1,000 of them, along the index of those that are open. So nothing that counts
 * has to be written with every change.
 */

/** Labels that are named. */
const MAX_NAMED_LABELS = 100

/**
 * What is due so near to now that its day depends on the zone. The zone may only be known from the same statement, so these come as they are
 * kept, and are counted here. What is due before is overdue in every zone.
 */
const NEAR_MS = 3 * DAY_MS

interface CountValues extends CallerValues {
  /** In the units of `due_order`. */
  nearFrom: number
  nearTo: number
}

/** How many of the same list have the same labels. Nulls if nothing is open. */
interface CountRow {
  id: string
  zone: string
  listId: string | null
  labels: string | null
  open: number | null
  dated: number | null
  before: number | null
  near: string | null
}

const selectCounts = prebuildForCaller<CallerRead<CountRow>, CountValues>(
  (value, { isLive }) => sql`SELECT ${sessions.id} AS id, ${selectZone(value('userId'))} AS zone, own.*
    FROM ${sessions} LEFT JOIN (
      SELECT list_id AS "listId", labels, count(*) AS "open",
        count(*) FILTER (WHERE due_order < ${sql.raw(`${NO_DUE_ORDER}`)}) AS dated,
        count(*) FILTER (WHERE due_order < ${value('nearFrom')}) AS "before",
        json_group_array(due_order) FILTER (WHERE due_order >= ${value('nearFrom')} AND due_order < ${value('nearTo')}) AS near
      FROM (
        SELECT ${todos.dueOrder} AS due_order, ${todos.listId} AS list_id, ${todos.labels} AS labels
        FROM ${todos} INDEXED BY todos_open_by_due
        WHERE ${todos.userId} = ${value('userId')} AND ${todos.deletedAt} IS NULL AND ${todos.completedAt} IS NULL
        ORDER BY ${todos.dueOrder}, ${todos.id} LIMIT ${sql.raw(`${MAX_COUNTED}`)}
      ) GROUP BY list_id, labels
    ) own ON true WHERE ${isLive}`,
)

const sum = (numbers: (number | null)[]): number => numbers.reduce<number>((all, one) => all + (one ?? 0), 0)

/** How many there are of each, the most first. */
function tally<Of extends string | null>(all: [of: Of, count: number][]): [of: Of, count: number][] {
  const counts = new Map<Of, number>()
  for (const [of, count] of all) counts.set(of, (counts.get(of) ?? 0) + count)
  return [...counts].sort(([a, first], [b, second]) => second - first || (`${a}` < `${b}` ? -1 : 1))
}

const labelsOf = ({ labels }: CountRow): string[] => JSON.parse(labels ?? '[]')

const dueOf = ({ near }: CountRow): number[] => JSON.parse(near ?? '[]')

/**
 * How many to-dos of the caller are open.
 * @param timeZone that of the profile if there is none
 * @throws {AppError} `unauthenticated`
 */
export async function countTodos(c: Context<AppEnv>, timeZone: string | undefined, now: number): Promise<TodoCounts> {
  const values = { ...c.get('caller'), now, nearFrom: 2 * (now - NEAR_MS), nearTo: 2 * (now + NEAR_MS) }
  const rows = await readAsCaller(c, selectCounts(values))
  const here = { now, zone: timeZone ?? rows[0]?.zone ?? 'UTC' }
  const near = rows.flatMap(dueOf)
  const countIn = (ranges: DueRange[]) =>
    near.filter((order) => ranges.some(({ from, to }) => order >= from && order < to)).length
  const dueOn = new Date(todayIn(here.zone, now)).toISOString().slice(0, 'YYYY-MM-DD'.length)
  const open = sum(rows.map((row) => row.open))
  const overdue = sum(rows.map(({ before }) => before)) + countIn(dueRangesOf({ overdue: true }, here))
  const found = rows.flatMap((row) => (row.open === null ? [] : { ...row, count: row.open }))
  const labels = tally(found.flatMap((row) => labelsOf(row).map((label): [string, number] => [label, row.count])))
  return {
    open,
    overdue,
    today: countIn(dueRangesOf({ dueOn, overdue: false }, here)),
    upcoming: sum(rows.map(({ dated }) => dated)) - overdue,
    lists: tally(found.map(({ listId, count }) => [listId, count])).map(([listId, of]) => ({ listId, open: of })),
    labels: labels.slice(0, MAX_NAMED_LABELS).map(([label, of]) => ({ label, open: of })),
    isComplete: open < MAX_COUNTED,
  }
}
