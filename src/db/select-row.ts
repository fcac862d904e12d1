import { getTableColumns, SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'

/**
 * `SELECT {row} WHERE {only}`: what an `INSERT … SELECT` adds while a condition holds, in one statement with it. A value may be
 * SQL of its own; with `from` there is a row for each of that table's.
 */
export function selectRow<Table extends SQLiteTable>(
  table: Table,
  row: { [Name in keyof Table['$inferSelect']]: Table['$inferSelect'][Name] | SQL },
  only: SQL,
  from?: SQLiteTable,
): SQL {
  const values = Object.entries(getTableColumns(table)).map(([name, column]) => {
    const value: unknown = Reflect.get(row, name)
    return value instanceof SQL ? value : sql.param(value, column)
  })
  return sql`SELECT ${sql.join(values, sql`, `)}${from ? sql` FROM ${from}` : sql``} WHERE ${only}`
}
