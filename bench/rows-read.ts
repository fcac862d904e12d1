import { readConfig } from '../src/config'
import type { Db } from '../src/db/client'
import { deriveKeys } from '../src/keys'
import { listChanges } from '../src/todos/changes'
import { selectTodos } from '../src/todos/list'
import type { TodoFilter } from '../src/todos/schemas'
import { record } from './statements'

/*
 * A Worker that answers with the number of rows that D1 reads for each list (`meta.rows_read`). A list must read its page and
 * one more row, which tells whether there is a next page. It must not read more, however large the table is.
 */

const LIMIT = 50
const BOUND = LIMIT + 1

/** A sort value in the middle of the rows of `fillTables`. A next page starts after it. */
const startOfNextPage = { createdAt: 500, dueAt: 500, priority: 2, updatedAt: 500 }

const sorts = ['createdAt', 'dueAt', 'priority', 'updatedAt'] as const

function lists(userId: string): [string, (db: Db) => Promise<unknown>][] {
  const list = (filter: TodoFilter, at?: number) => (db: Db) =>
    selectTodos(db, userId, { filter, limit: LIMIT, after: at === undefined ? null : { at, id: '' } }).then()
  return [
    ...sorts.flatMap((sort): [string, (db: Db) => Promise<unknown>][] => [
      [`by ${sort}`, list({ sort, order: 'ASC' })],
      [`by ${sort}, descending`, list({ sort, order: 'DESC' })],
      [`by ${sort}, next page`, list({ sort, order: 'ASC' }, startOfNextPage[sort])],
    ]),
    ['open, by createdAt', list({ sort: 'createdAt', order: 'ASC', isDone: false })],
    ['open, by dueAt', list({ sort: 'dueAt', order: 'ASC', isDone: false })],
    ['open, by priority', list({ sort: 'priority', order: 'DESC', isDone: false })],
    ['done, by createdAt', list({ sort: 'createdAt', order: 'DESC', isDone: true })],
  ]
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const keys = await deriveKeys(readConfig(env))
    const userId = new URL(request.url).searchParams.get('user') ?? ''
    const queries = [
      ...lists(userId),
      ['changes', (db: Db) => listChanges({ db, keys }, userId, { limit: LIMIT }, Date.now())] as const,
    ]
    const rows = []
    for (const [list, query] of queries) {
      for (const { sql, parameters } of await record(env.DB, query)) {
        const { meta, results } = await env.DB.prepare(sql)
          .bind(...parameters)
          .all()
        const isMet = results.length === BOUND && meta.rows_read <= BOUND
        rows.push({ list, 'rows read': meta.rows_read, bound: `≤ ${BOUND} ${isMet ? 'met' : 'MISSED'}` })
      }
    }
    return Response.json(rows)
  },
}
