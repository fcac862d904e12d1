import type { Bound } from '../src/db/prebuilt'
import type { CallerValues } from '../src/sessions/caller-statements'
import { selectChanges } from '../src/todos/changes'
import { selectPage } from '../src/todos/list-sql'
import type { TodoFilter } from '../src/todos/schemas'

/*
 * A Worker that answers with the number of rows that D1 reads for each list (`meta.rows_read`). A list that is no
 * search must read its page, one more row, which tells whether there is a next page, and the session: it must not read more, however
 * large the table is.
 */

const LIMIT = 50
const BOUND = LIMIT + 4

/** A sort value in the middle of the rows of `fillTables`. */
const START_OF_NEXT_PAGE = 500

function lists(caller: CallerValues): [string, Bound<unknown>][] {
  const list = (filter: TodoFilter, at?: number) =>
    selectPage({ filter, limit: LIMIT, after: at === undefined ? null : { at, id: '' } }, caller)
  const open = { sort: 'dueAt', isDone: false } as const
  return [
    ['by createdAt', list({ sort: 'createdAt', order: 'ASC' })],
    ['by createdAt, descending', list({ sort: 'createdAt', order: 'DESC' })],
    ['by createdAt, next page', list({ sort: 'createdAt', order: 'ASC' }, START_OF_NEXT_PAGE)],
    ['open, by dueAt', list({ ...open, order: 'ASC' })],
    ['open, by dueAt, descending', list({ ...open, order: 'DESC' })],
    ['open, by dueAt, next page', list({ ...open, order: 'ASC' }, START_OF_NEXT_PAGE)],
    ['changes', selectChanges({ ...caller, seq: 0, rows: LIMIT + 1 })],
  ]
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const userId = new URL(request.url).searchParams.get('user') ?? ''
    const rows = []
    for (const [list, { text, values }] of lists({ userId, sessionId: userId, now: 0 })) {
      const { meta, results } = await env.DB.prepare(text)
        .bind(...values)
        .all()
      const isMet = results.length === LIMIT + 1 && meta.rows_read <= BOUND
      rows.push({ list, 'rows read': meta.rows_read, bound: `≤ ${BOUND} ${isMet ? 'met' : 'MISSED'}` })
    }
    return Response.json(rows)
  },
}
