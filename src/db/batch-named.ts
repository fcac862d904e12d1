import type { BatchItem } from 'drizzle-orm/batch'
import type { Db } from './client'

type Statement = BatchItem<'sqlite'>

/**
 * Statements by name, in the order in which they run. Statements that belong together can be a group. `undefined` runs nothing.
 */
export interface Statements {
  readonly [name: string]: Statement | Statements | undefined
}

/** The results of the statements, under the same names. */
export type ResultsOf<Part> = Part extends Statement
  ? Part['_']['result']
  : Part extends undefined
    ? undefined
    : { [Name in keyof Part]: ResultsOf<Part[Name]> }

/**
 * Runs statements in one transaction and one round trip (D1's `batch()`).
 * @returns their results, by the names of the statements
 * @throws {AppError} `unavailable`
 */
export async function batchNamed<const All extends Statements>(db: Db, statements: All): Promise<ResultsOf<All>> {
  const [first, ...others] = flatten(statements)
  if (!first) throw new Error('A batch needs a statement')
  const results: unknown[] = await db.batch([first, ...others])
  return nameResults(statements, results.values())
}

const isGroup = (part: Statement | Statements): part is Statements => Object.getPrototypeOf(part) === Object.prototype

const flatten = (group: Statements): Statement[] =>
  Object.values(group).flatMap((part) => (part === undefined ? [] : isGroup(part) ? flatten(part) : [part]))

/**
 * Gives each result the name of its statement. `results` are in the order of `flatten`.
 *
 * The compiler does not check the type here, because `Object.fromEntries` returns `any`. The type is right: each result has the
 * name of its own statement.
 */
function nameResults<const All extends Statements>(group: All, results: Iterator<unknown>): ResultsOf<All> {
  const named: unknown[][] = Object.entries(group).map(([name, part]) => {
    if (part === undefined) return [name, undefined]
    return [name, isGroup(part) ? nameResults(part, results) : results.next().value]
  })
  return Object.fromEntries(named)
}
