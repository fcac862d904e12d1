import { getTableColumns, SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'

/**
 * `SELECT {row} WHERE {only}`: what an `INSERT … SELECT` adds while a condition holds, in one statement with it. A value may be
 * SQL of its own; with `from` there is a row for each of that table's.
 */
export function selectRow<Table extends SQLiteTable>(
  table: Table,
  row: { [Name in keyof Required<Table['$inferInsert']>]: Table['$inferSelect'][Name] | SQL },
  only: SQL,
  from?: SQLiteTable | SQL,
): SQL {
  const columns = Object.entries(getTableColumns(table)).filter(([, { generated }]) => generated === undefined)
  const values = columns.map(([name, column]) => {
    const value: unknown = Reflect.get(row, name)
    return value instanceof SQL ? value : sql.param(value, column)
  })
  return sql`SELECT ${sql.join(values, sql`, `)}${from ? sql` FROM ${from}` : sql``} WHERE ${only}`
}
