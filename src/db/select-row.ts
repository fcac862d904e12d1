import { getTableColumns, SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'

/**
 * `SELECT {row} WHERE {onlyIf}`, for an `INSERT … SELECT` that adds the row only if a condition holds. The check and the insert
 * are one statement, so no other request can come between them. A value may be SQL. With `from`, there is a row for each row of
 * that table.
 */
export function selectRow<Table extends SQLiteTable>(
  table: Table,
  row: { [Name in keyof Required<Table['$inferInsert']>]: Table['$inferSelect'][Name] | SQL },
  onlyIf: SQL,
  from?: SQLiteTable | SQL,
): SQL {
  const columns = Object.entries(getTableColumns(table)).filter(([, { generated }]) => generated === undefined)
  const values = columns.map(([name, column]) => {
    const value: unknown = Reflect.get(row, name)
    return value instanceof SQL ? value : sql.param(value, column)
  })
  return sql`SELECT ${sql.join(values, sql`, `)}${from ? sql` FROM ${from}` : sql``} WHERE ${onlyIf}`
}
