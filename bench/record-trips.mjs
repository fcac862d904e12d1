// Records which calls to D1 and KV a request makes, and which of them wait for one another.

/**
 * `primary` is a call to D1 that goes to the primary, and `replica` one that the nearest replica may answer.
 * @typedef {'primary' | 'replica' | 'KV read' | 'KV write'} Kind
 */

/** @typedef {{ kind: Kind, rowsRead: number, rowsWritten: number, started: number, ended: number }} Call */

const isWrite = (/** @type {string} */ sql) => /^\s*(?:with\b[\s\S]*\b)?(?:insert|update|delete|replace)\b/i.test(sql)
const RUNS = ['all', 'first', 'raw', 'run']

/**
 * Bindings that record, on top of real ones.
 * @param {{ DB: D1Database, KV: KVNamespace }} bindings
 */
export function recordTrips({ DB, KV }) {
  /** @type {Call[]} */
  const calls = []
  let tick = 0

  /** @template Result @param {Kind} kind @param {(call: Call) => Promise<Result>} run */
  async function record(kind, run) {
    const call = { kind, rowsRead: 0, rowsWritten: 0, started: tick++, ended: Number.POSITIVE_INFINITY }
    calls.push(call)
    try {
      return await run(call)
    } finally {
      call.ended = tick++
    }
  }

  const originals = new WeakMap()

  /** @param {D1Database | D1DatabaseSession} db @param {string | undefined} start */
  function wrapDb(db, start) {
    // Without a session, or when a statement writes, D1 asks the primary.
    const kindOf = (/** @type {string[]} */ statements) =>
      start === undefined || start === 'first-primary' || statements.some(isWrite) ? 'primary' : 'replica'
    const count = (/** @type {Call} */ call, /** @type {D1Meta} */ meta) => {
      call.rowsRead += meta.rows_read
      call.rowsWritten += meta.rows_written
    }

    /** @param {D1PreparedStatement} original @param {string} sql @returns {D1PreparedStatement} */
    function wrapStatement(original, sql) {
      const wrapped = new Proxy(original, {
        get(target, name) {
          if (name === 'bind') return (...values) => wrapStatement(target.bind(...values), sql)
          if (!RUNS.includes(String(name))) return Reflect.get(target, name)
          return (...options) =>
            record(kindOf([sql]), async (call) => {
              // `raw` tells no rows. What only reads can run again for them; what writes runs in a batch.
              if (!isWrite(sql)) {
                count(call, (await target.all()).meta)
                return Reflect.apply(Reflect.get(target, name), target, options)
              }
              const [result] = await db.batch([target])
              count(call, result.meta)
              if (name === 'raw') return result.results.map(Object.values)
              return name === 'first' ? (result.results[0] ?? null) : result
            })
        },
      })
      originals.set(wrapped, { original, sql })
      return wrapped
    }

    return {
      prepare: (/** @type {string} */ sql) => wrapStatement(db.prepare(sql), sql),
      batch: (/** @type {D1PreparedStatement[]} */ statements) => {
        const known = statements.map((statement) => originals.get(statement))
        return record(kindOf(known.map(({ sql }) => sql)), async (call) => {
          const results = await db.batch(known.map(({ original }) => original))
          for (const { meta } of results) count(call, meta)
          return results
        })
      },
      withSession: (/** @type {string | undefined} */ from) =>
        wrapDb('withSession' in db ? db.withSession(from) : db, from ?? 'first-unconstrained'),
      getBookmark: () => ('getBookmark' in db ? db.getBookmark() : null),
    }
  }

  const kinds = { get: 'KV read', getWithMetadata: 'KV read', list: 'KV read', put: 'KV write', delete: 'KV write' }
  const wrappedKv = new Proxy(KV, {
    get(target, name) {
      const method = Reflect.get(target, name)
      const kind = kinds[String(name)]
      return kind ? (...values) => record(kind, () => Reflect.apply(method, target, values)) : method
    },
  })

  return { DB: wrapDb(DB, undefined), KV: wrappedKv, trips: () => tripsOf(calls) }
}

/** The calls in steps: those of a step run at the same time, and wait for the step before. @param {Call[]} calls */
function tripsOf(calls) {
  /** @type {Map<Call, number>} */
  const depths = new Map()
  for (const call of calls) {
    const before = calls.filter(({ ended }) => ended < call.started).map((earlier) => depths.get(earlier) ?? 0)
    depths.set(call, 1 + Math.max(0, ...before))
  }
  const depth = Math.max(0, ...depths.values())
  const sum = (/** @type {'rowsRead' | 'rowsWritten'} */ what) => calls.reduce((total, call) => total + call[what], 0)
  return {
    steps: Array.from({ length: depth }, (_, step) =>
      calls.filter((call) => depths.get(call) === step + 1).map(({ kind }) => kind),
    ),
    rowsRead: sum('rowsRead'),
    rowsWritten: sum('rowsWritten'),
  }
}
