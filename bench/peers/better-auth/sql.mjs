// The statements that make the tables of tables.mjs, as Drizzle Kit writes them.

import { is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import * as all from './tables.mjs'

/** @param {import('drizzle-orm/sqlite-core').SQLiteColumn} column */
const columnOf = (column) =>
  [
    `"${column.name}" ${column.getSQLType()}`,
    column.primary && 'PRIMARY KEY',
    column.notNull && 'NOT NULL',
    column.isUnique && 'UNIQUE',
    column.default === false && 'DEFAULT 0',
    column.name === 'user_id' && 'REFERENCES user (id) ON DELETE CASCADE',
  ]
    .filter(Boolean)
    .join(' ')

const isTable = (/** @type {unknown} */ item) => is(item, SQLiteTable)

export const tables = Object.values(all)
  .filter(isTable)
  .flatMap((table) => {
    const { name, columns, indexes } = getTableConfig(table)
    return [
      `CREATE TABLE "${name}" (${columns.map(columnOf).join(', ')})`,
      ...indexes.map(({ config }) => {
        const keys = config.columns.map((column) => `"${column.name}"`)
        return `CREATE INDEX "${config.name}" ON "${name}" (${keys.join(', ')})`
      }),
    ]
  })
