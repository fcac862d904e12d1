import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const MIGRATIONS = fileURLToPath(new URL('../drizzle', import.meta.url))

/** @typedef {import('node:sqlite').DatabaseSync} Database */

/**
 * The SQLite file of the local D1, or undefined if there is none yet.
 * @param {string} state the folder in which `wrangler dev` keeps its data: .wrangler/state, or what --persist-to says
 */
export function findLocalDatabase(state) {
  const folder = join(state, 'v3/d1/miniflare-D1DatabaseObject')
  const names = existsSync(folder) ? readdirSync(folder) : []
  const name = names.find((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')
  return name && join(folder, name)
}

/**
 * Whether a local D1 was made by other migrations than those in drizzle/: one of its migrations is gone, or its tables have
 * other columns than the same migrations make now.
 * @param {string} file
 */
export function hasEarlierLayout(file) {
  const sqlite = process.getBuiltinModule?.('node:sqlite')
  if (sqlite === undefined) return false // Node 20 has none; `npm run dev` runs on a newer one.
  const local = new sqlite.DatabaseSync(file, { readOnly: true })
  const expected = new sqlite.DatabaseSync(':memory:')
  try {
    if (!columnsOf(local).has('d1_migrations')) return false
    const applied = local.prepare('SELECT name FROM d1_migrations ORDER BY id').all()
    const files = applied.map(({ name }) => join(MIGRATIONS, String(name)))
    if (!files.every((migration) => existsSync(migration))) return true
    for (const migration of files) expected.exec(readFileSync(migration, 'utf8'))
    const found = columnsOf(local)
    return [...columnsOf(expected)].some(([table, columns]) => found.get(table) !== columns)
  } catch {
    return false // Wrangler says what is wrong with a file or a migration.
  } finally {
    local.close()
    expected.close()
  }
}

/** @param {Database} database @returns {Map<string, string>} the names of the columns of each table */
function columnsOf(database) {
  const rows = database
    .prepare(
      `SELECT t.name AS name, group_concat(c.name ORDER BY c.name) AS columns
       FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table' GROUP BY t.name`,
    )
    .all()
  return new Map(rows.map(({ name, columns }) => [String(name), String(columns)]))
}
