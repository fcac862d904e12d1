import { env } from 'cloudflare:workers'

/** A statement as the Worker prepared it. */
export interface D1Statement {
  sql: string
  parameters: unknown[]
}

/** One call to D1: a batch, or one statement that is run on its own. */
export interface D1Call {
  isBatch: boolean
  statements: D1Statement[]
}

export interface D1Hooks {
  /** Runs in place of every call to D1. `run` makes the real call. */
  onCall?: <Result>(run: () => Promise<Result>, call: D1Call) => Promise<Result>
  /** Is told what D1 says of each statement that was run: how many rows it read and wrote. */
  onMeta?: (meta: D1Meta) => void
  /** Is told where each session starts. */
  onSession?: (start: string | undefined) => void
}

interface Prepared extends D1Statement {
  original: D1PreparedStatement
}

/**
 * The real D1, with hooks around the calls of its sessions: to record calls, to break them, to delay them.
 * The Worker makes all its calls in sessions; what it asked of the database itself would pass unseen.
 */
export function wrapD1({ onCall = (run) => run(), onMeta, onSession }: D1Hooks): D1Database {
  const prepared = new WeakMap<D1PreparedStatement, Prepared>()

  /** Runs one statement by its method `name`. */
  async function run(session: D1DatabaseSession, { original, sql }: Prepared, name: string, options: unknown[]) {
    const runIt = (): unknown => Reflect.apply(Reflect.get(original, name), original, options)
    if (!onMeta) return runIt()
    // `raw` gives no meta. A statement that only reads can run again for it, and one that writes can run in a batch.
    if (!/\b(?:insert|update|delete)\b/i.test(sql)) {
      onMeta((await original.all()).meta)
      return runIt()
    }
    const [result] = await session.batch<Record<string, unknown>>([original])
    if (!result) throw new Error('D1 gave no result')
    onMeta(result.meta)
    return name === 'raw' ? result.results.map((row) => Object.values(row)) : result
  }

  function wrapStatement(session: D1DatabaseSession, statement: Prepared): D1PreparedStatement {
    const { original, sql, parameters } = statement
    const wrapped = new Proxy(original, {
      get(target, name) {
        if (name === 'bind') {
          return (...values: unknown[]) =>
            wrapStatement(session, { sql, parameters: values, original: target.bind(...values) })
        }
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...options: unknown[]) =>
          onCall(() => run(session, statement, String(name), options), {
            isBatch: false,
            statements: [{ sql, parameters }],
          })
      },
    })
    prepared.set(wrapped, statement)
    return wrapped
  }

  const wrapSession = (session: D1DatabaseSession): D1DatabaseSession => ({
    prepare: (sql) => wrapStatement(session, { sql, parameters: [], original: session.prepare(sql) }),
    batch: <Row>(wrapped: D1PreparedStatement[]) => {
      const statements = wrapped.map((one) => prepared.get(one) ?? { original: one, sql: '', parameters: [] })
      const runAll = async () => {
        const results = await session.batch<Row>(statements.map(({ original }) => original))
        for (const { meta } of results) onMeta?.(meta)
        return results
      }
      return onCall(runAll, { isBatch: true, statements })
    },
    getBookmark: () => session.getBookmark(),
  })

  const withSession = (start?: string): D1DatabaseSession => {
    onSession?.(start)
    return wrapSession(env.DB.withSession(start))
  }
  return new Proxy(env.DB, {
    get: (target, name) => (name === 'withSession' ? withSession : Reflect.get(target, name).bind(target)),
  })
}
