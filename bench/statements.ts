import { type Db, openDb } from '../src/db/client'

/*
 * Records the SQL statements that src/ sends to D1. The bare Worker runs the same ones, and rows-read.ts asks what they cost.
 */

export interface Recorded {
  sql: string
  parameters: unknown[]
}

/** The statements that `query` runs, in order. They really run, so use the id of no real user. The result does not matter. */
export async function record(d1: D1Database, query: (db: Db) => Promise<unknown>): Promise<Recorded[]> {
  const recorded: Recorded[] = []
  const watch = (session: D1DatabaseSession): D1DatabaseSession => ({
    prepare: (sql) => {
      const statement = session.prepare(sql)
      const bind = statement.bind.bind(statement)
      statement.bind = (...parameters) => {
        recorded.push({ sql, parameters })
        return bind(...parameters)
      }
      return statement
    },
    batch: (statements) => session.batch(statements),
    getBookmark: () => session.getBookmark(),
  })
  const watched = new Proxy(d1, {
    get: (target, name) =>
      name === 'withSession'
        ? (start?: D1SessionBookmark) => watch(target.withSession(start))
        : Reflect.get(target, name),
  })
  await query(openDb(watched, 'first-unconstrained')).catch(() => undefined)
  return recorded
}

/** A statement whose values can be replaced. */
export interface Template extends Recorded {
  /** For each parameter, the index of the value that replaces it, or -1 if it is always the same. */
  places: number[]
}

/** The statements of `query`, which was made with `samples`. Each sample in them is a place for the value at its index. */
export async function templatesOf(
  d1: D1Database,
  samples: readonly unknown[],
  query: (db: Db) => Promise<unknown>,
): Promise<Template[]> {
  const recorded = await record(d1, query)
  const used = new Set(recorded.flatMap(({ parameters }) => parameters))
  for (const sample of samples) if (!used.has(sample)) throw new Error(`No statement contains ${sample}`)
  return recorded.map((statement) => ({
    ...statement,
    places: statement.parameters.map((parameter) => samples.indexOf(parameter)),
  }))
}

export const bindTo = (
  d1: D1Database,
  { sql, parameters, places }: Template,
  values: readonly unknown[],
): D1PreparedStatement =>
  d1.prepare(sql).bind(...places.map((place, index) => (place === -1 ? parameters[index] : values[place])))
