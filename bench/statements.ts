import { type Db, openDb } from '../src/db/client'

/*
 * The statements of src/ as they reach D1: for a hand-written Worker to have as text, and to ask what they cost.
 */

export interface Recorded {
  sql: string
  parameters: unknown[]
}

/** What `act` asks D1, in its order. It is really asked, so nobody's id should be in it; what then comes of it is no matter. */
export async function record(d1: D1Database, act: (db: Db) => Promise<unknown>): Promise<Recorded[]> {
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
  await act(openDb(watched, 'first-unconstrained')).catch(() => undefined)
  return recorded
}

/** A statement with places for values. */
export interface Template extends Recorded {
  /** For each parameter the index of its value, or -1 where it is always the same. */
  places: number[]
}

/** The statements of `act`, which was given `samples`: where one of them stands, later the value at its index will. */
export async function templatesOf(
  d1: D1Database,
  samples: readonly unknown[],
  act: (db: Db) => Promise<unknown>,
): Promise<Template[]> {
  const recorded = await record(d1, act)
  const used = new Set(recorded.flatMap(({ parameters }) => parameters))
  for (const sample of samples) if (!used.has(sample)) throw new Error(`No statement has a place for ${sample}`)
  return recorded.map((one) => ({ ...one, places: one.parameters.map((parameter) => samples.indexOf(parameter)) }))
}

export const bindTo = (
  d1: D1Database,
  { sql, parameters, places }: Template,
  values: readonly unknown[],
): D1PreparedStatement =>
  d1.prepare(sql).bind(...places.map((place, index) => (place === -1 ? parameters[index] : values[place])))
