import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import { SECOND_MS } from '../lib/time'
import type { Bound } from './prebuilt'
import { type Call, callWithRetries, type Meter } from './retry'

/** The rows of prebuilt statements, under the same names. */
export type RowsOf<All> = { [Name in keyof All]: All[Name] extends Bound<infer Row> ? Row[] : never }

export interface Db extends DrizzleD1Database {
  /** Runs a prebuilt statement, and gives the rows that it returns. */
  rowsOf: <Row>(statement: Bound<Row>) => Promise<Row[]>

  /** Runs prebuilt statements in one transaction and one round trip. */
  rowsOfEach: <const All extends Record<string, Bound<unknown>>>(statements: All) => Promise<RowsOf<All>>

  /** D1's bookmark of what was read, for `startAfter`: the next read sees at least as much. */
  bookmark: () => string | null

  /**
   * Runs `begin`, and shows `look` the SQL of every statement before anything is sent. If `look` throws, nothing is sent.
   * Drizzle builds all statements of a batch at once, so no statement of another request is among them.
   */
  inspected: <Result>(look: (query: string) => void, begin: () => Promise<Result>) => Promise<Result>

  /**
   * The same database, for statements that may run twice: they decide by themselves whether they were done already, and then
   * give the same answer. If D1 loses the connection, they are tried again. docs/consistency.md lists them.
   */
  repeatable: () => Db
}

/** Where a D1 session begins: at the primary, at any replica, or where the data is at least as new as a bookmark. */
export type D1Start = 'first-primary' | 'first-unconstrained' | (string & {})

/**
 * A call to D1 is given up after this time. None of our statements takes as long. The time is shorter than `REFRESH_GRACE_MS`, so
 * that a client can repeat a refresh that failed this way.
 */
export const D1_LIMIT_MS = 5 * SECOND_MS

/** The form of D1's bookmarks. Anything else that a client sends is not passed on. */
const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/

/** Begins at the bookmark that a client sent back, or anywhere if that is no bookmark. */
export const startAfter = (bookmark: string | undefined): D1Start =>
  bookmark !== undefined && BOOKMARK.test(bookmark) ? bookmark : 'first-unconstrained'

/**
 * Drizzle over one D1 session. Its reads see its own writes, and `bookmark()` says how new the data was that they saw. Each try
 * of a call is counted in `meter`, with the rows that D1 bills, and a call is given up after 5 s. A call that was given up may still
 * have been done. Reads are tried again when D1 loses them; writes only when they are `repeatable()`.
 * @throws {AppError} `unavailable`, from every query
 */
export function openDb(d1: D1Database, start: D1Start, meter: Meter = newMeter()): Db {
  const call: Call = (begin, mayRepeat) => callWithRetries(begin, { mayRepeat, limitMs: D1_LIMIT_MS, meter })
  const shared = { call, meter, prepared: new WeakMap(), inspection: { look: () => {} } }
  return open(d1, d1.withSession(start), { ...shared, isRepeatable: false })
}

export const newMeter = (): Meter => ({ d1: 0, rowsRead: 0, rowsWritten: 0 })

const isSelect = (query: string): boolean => /^select\b/i.test(query)

const COLUMNS = /^select (.+?) from |\breturning (.+)$/is

/** Whether all columns of a result have names of their own. Where two share a name, as in a join, only `raw` keeps them apart. */
function hasUniqueNames(query: string): boolean {
  const [, selected, returned] = COLUMNS.exec(query) ?? []
  const columns = (selected ?? returned ?? '').split(', ').map((column) => /^(?:"\w+"\.)?("\w+")$/.exec(column)?.[1])
  return !columns.includes(undefined) && new Set(columns).size === columns.length
}

/** Counts the rows of a result, and gives it back. */
function countRows<Result extends D1Result<unknown>>(meter: Meter, result: Result): Result {
  meter.rowsRead += result.meta.rows_read
  meter.rowsWritten += result.meta.rows_written
  return result
}

/** What the database over one D1 session needs, and shares with its `repeatable()` twin. */
interface Opening {
  call: Call
  meter: Meter
  isRepeatable: boolean
  /** The statements that were prepared, by what Drizzle holds of them. */
  prepared: WeakMap<D1PreparedStatement, { original: D1PreparedStatement; isRead: boolean }>
  inspection: { look: (query: string) => void }
}

function open(d1: D1Database, session: D1DatabaseSession, opening: Opening): Db {
  const { call, meter, isRepeatable, inspection } = opening
  const bind = ({ text, values }: Bound<unknown>) => session.prepare(text).bind(...values)
  const own = {
    rowsOf: async <Row>(bound: Bound<Row>): Promise<Row[]> => {
      const result = await call(() => bind(bound).all<Row>(), isRepeatable || isSelect(bound.text))
      return countRows(meter, result).results
    },
    rowsOfEach: async <const All extends Record<string, Bound<unknown>>>(statements: All): Promise<RowsOf<All>> => {
      const all = Object.entries(statements)
      const mayRepeat = isRepeatable || all.every(([, { text }]) => isSelect(text))
      const results = await call(() => session.batch(all.map(([, bound]) => bind(bound))), mayRepeat)
      for (const result of results) countRows(meter, result)
      // As in `batchNamed`, the compiler does not check this type, because `fromEntries` gives `any`.
      const named: unknown[][] = all.map(([name], index) => [name, results[index]?.results])
      return Object.fromEntries(named)
    },
    bookmark: () => session.getBookmark(),
    inspected: <Result>(look: (query: string) => void, begin: () => Promise<Result>): Promise<Result> => {
      inspection.look = look
      try {
        return begin()
      } finally {
        inspection.look = () => {}
      }
    },
    repeatable: () => open(d1, session, { ...opening, isRepeatable: true }),
  }
  return withDrizzle(own, () => drizzle(clientOf(d1, session, opening)))
}

/** Adds Drizzle's methods. The busiest routes need none of them, so Drizzle is opened when one is first used. */
function withDrizzle(own: Omit<Db, keyof DrizzleD1Database>, openDrizzle: () => DrizzleD1Database): Db {
  let opened: DrizzleD1Database | undefined
  return new Proxy<Db>(Object.assign(Object.create(null), own), {
    get: (target, name) => {
      if (name in target) return Reflect.get(target, name)
      opened ??= openDrizzle()
      return Reflect.get(opened, name)
    },
  })
}

/** D1 as Drizzle sees it: every statement and every batch goes through `call`. */
function clientOf(d1: D1Database, session: D1DatabaseSession, opening: Opening): D1Database {
  const { call, meter, isRepeatable, prepared, inspection } = opening

  const statement = (original: D1PreparedStatement, query: string): D1PreparedStatement => {
    const mayRepeat = isRepeatable || isSelect(query)
    const all = async <Row>() => countRows(meter, await call(() => original.all<Row>(), mayRepeat))
    const counted = new Proxy(original, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values), query)
        if (name === 'all') return all
        if (name === 'raw') return () => rawRows(query, all, () => call(() => original.raw(), mayRepeat))
        if (name === 'run') return async () => countRows(meter, await call(() => original.run(), mayRepeat))
        // Drizzle calls no other method.
        return Reflect.get(target, name)
      },
    })
    prepared.set(counted, { original, isRead: isSelect(query) })
    return counted
  }

  /** `raw` does not tell how many rows were read. Then those that it gives count. */
  const rawRows = async (query: string, all: () => Promise<D1Result<object>>, raw: () => Promise<unknown[][]>) => {
    if (hasUniqueNames(query)) return (await all()).results.map((row) => Object.values(row))
    const rows = await raw()
    meter.rowsRead += rows.length
    return rows
  }

  return {
    prepare: (query) => {
      inspection.look(query)
      return statement(session.prepare(query), query)
    },
    batch: async <Row>(statements: D1PreparedStatement[]) => {
      const all = statements.map((one) => prepared.get(one) ?? { original: one, isRead: false })
      const originals = all.map(({ original }) => original)
      const mayRepeat = isRepeatable || all.every(({ isRead }) => isRead)
      const results = await call(() => session.batch<Row>(originals), mayRepeat)
      return results.map((result) => countRows(meter, result))
    },
    withSession: () => session,
    exec: (query) => d1.exec(query),
    dump: () => d1.dump(),
  }
}
