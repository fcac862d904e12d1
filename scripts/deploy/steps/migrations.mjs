import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findUnsafe, HOW_TO_CHANGE } from '../migration-rules.mjs'
import { done, wouldDo } from '../say.mjs'
import { Stop } from '../stop.mjs'
import { WranglerFailed } from '../wrangler.mjs'
import { isFirst } from './look-around.mjs'

/** Finds the migrations that the database lacks, and refuses those that the running code would not survive. */
export async function checkMigrations(d) {
  const folder = join(d.root, d.environment.config.d1_databases[0].migrations_dir)
  const all = readMigrations(folder)
  d.migrated = d.found.database === undefined ? [] : await readApplied(d)
  const has = ({ name }) => d.migrated.includes(name)
  d.pending = all.filter((migration) => !has(migration)).map(({ name }) => name)
  const unknown = d.migrated.filter((name) => !all.some((migration) => migration.name === name))
  if (unknown.length > 0) d.terminal.say(`  The database is newer than this code: it has ${unknown.join(', ')} too.`)
  if (!isFirst(d)) {
    const unsafe = findUnsafe(
      all.filter(has),
      all.filter((migration) => !has(migration)),
    )
    if (unsafe.length > 0) {
      throw new Stop(`The running code may not survive this migration.\n  ${unsafe.join('\n  ')}`, HOW_TO_CHANGE)
    }
  }
  if (d.options['dry-run'] && d.pending.length > 0) wouldDo(d, 'Migrations', `apply ${d.pending.join(', ')}`)
}

/** @param {string} folder @returns {{ name: string, sql: string }[]} in the order in which they are applied */
export function readMigrations(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') }))
}

const ask = async (d, sql) =>
  (await d.api.post(`${d.account}/d1/database/${d.found.database.id}/query`, { sql }))[0].results

async function readApplied(d) {
  const tables = (await ask(d, "SELECT name FROM sqlite_master WHERE type = 'table'")).map(({ name }) => name)
  const own = tables.filter((name) => !/^(sqlite_|_cf_)/.test(name))
  if (!own.includes('d1_migrations')) {
    if (own.length === 0) return []
    throw new Stop(
      `The database ${d.found.database.name} has tables of something else: ${own.slice(0, 3).join(', ')}.`,
      'Change `name` in wrangler.toml.',
    )
  }
  if (own.includes('users')) d.hasUsers = (await ask(d, 'SELECT 1 FROM users LIMIT 1')).length > 0
  return (await ask(d, 'SELECT name FROM d1_migrations ORDER BY id')).map(({ name }) => name)
}

/** Migrates before the code that needs it goes live. @param {import('../deploy.mjs').Deploy} d */
export async function applyMigrations(d) {
  if (d.pending.length === 0) return done(d, 'Migrations', 'nothing to apply')
  try {
    await d.wrangler(['d1', 'migrations', 'apply', 'DB', '--remote', '--config', d.configFile])
  } catch (error) {
    if (!(error instanceof WranglerFailed)) throw error
    const applied = await readApplied(d)
    const failed = d.pending.find((name) => !applied.includes(name))
    const online = isFirst(d)
      ? 'No code was deployed.'
      : 'The code that ran before is still running, and works with the tables as they are.'
    throw new Stop(error.message, `${failed} was not applied. ${online} Correct it, and run the same command again.`)
  }
  done(d, 'Migrations', `applied ${d.pending.join(', ')}`)
}
