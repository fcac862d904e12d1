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
  /** Is told where each session starts. */
  onSession?: (start: string | undefined) => void
}

/**
 * The real D1, with hooks around the calls of its sessions: to record calls, to break them, to delay them.
 * The Worker makes all its calls in sessions; what it asked of the database itself would pass unseen.
 */
export function wrapD1({ onCall = (run) => run(), onSession }: D1Hooks): D1Database {
  const prepared = new WeakMap<D1PreparedStatement, D1Statement & { original: D1PreparedStatement }>()

  function wrapStatement(original: D1PreparedStatement, statement: D1Statement): D1PreparedStatement {
    const wrapped = new Proxy(original, {
      get(target, name) {
        if (name === 'bind') {
          return (...parameters: unknown[]) => wrapStatement(target.bind(...parameters), { ...statement, parameters })
        }
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...options: unknown[]) =>
          onCall(() => Reflect.apply(method, target, options), { isBatch: false, statements: [statement] })
      },
    })
    prepared.set(wrapped, { ...statement, original })
    return wrapped
  }

  const wrapSession = (session: D1DatabaseSession): D1DatabaseSession => ({
    prepare: (sql) => wrapStatement(session.prepare(sql), { sql, parameters: [] }),
    batch: (wrapped) => {
      const statements = wrapped.map((one) => prepared.get(one) ?? { original: one, sql: '', parameters: [] })
      return onCall(() => session.batch(statements.map(({ original }) => original)), { isBatch: true, statements })
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
