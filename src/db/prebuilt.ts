import { type Column, is, Placeholder, type SQL, sql } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'

/*
 * The statements of the busiest routes. Drizzle would build their text anew for each request. Here it is built once in an
 * isolate, from the same tables, and a request only adds its values: see docs/decisions/prebuilt-statements.md.
 */

/** A prebuilt statement with its values. */
export interface Bound<Row> {
  readonly text: string
  readonly values: unknown[]
  /** Only a type: a row as D1 gives it, under the names of its columns. */
  readonly row?: Row
}

/** The place of a value in a statement. */
export type ValueOf<Values> = (name: keyof Values & string) => SQL

const dialect = new SQLiteAsyncDialect()

/**
 * A statement whose text is built when it is first used.
 * @param mark a text that the statement must contain. If it does not, the statement is never sent.
 * @returns a function that adds the values of a request
 */
export function prebuild<Row, Values extends object>(
  make: (value: ValueOf<Values>) => SQL,
  mark = '',
): (values: Values) => Bound<Row> {
  let built: { text: string; parameters: unknown[] } | undefined
  return (values) => {
    built ??= build(
      make((name) => sql`${sql.placeholder(name)}`),
      mark,
    )
    const { text, parameters } = built
    return { text, values: parameters.map((one) => (is(one, Placeholder) ? Reflect.get(values, one.name) : one)) }
  }
}

function build(statement: SQL, mark: string): { text: string; parameters: unknown[] } {
  const query = dialect.sqlToQuery(statement)
  // The text goes to D1 with each request. Comments and indentation stay here.
  const text = query.sql.replace(/--.*/g, '').replace(/\s+/g, ' ').trim()
  if (!text.includes(mark)) throw new Error(`A statement lacks ${mark}`)
  return { text, parameters: query.params }
}

/** Columns for a SELECT or a RETURNING, each under its name in TypeScript: `"todos"."due_at" AS "dueAt"`. */
export const selectionOf = (columns: Record<string, Column>): SQL =>
  sql.join(
    Object.entries(columns).map(([name, column]) => sql`${column} AS ${sql.identifier(name)}`),
    sql`, `,
  )
