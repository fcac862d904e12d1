import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { ApiError } from './api-error.mjs'

const LOCATIONS = ['weur', 'eeur', 'apac', 'oc', 'wnam', 'enam']
const JURISDICTIONS = ['eu', 'us', 'fedramp']

/** D1 and KV. */
export const storageRoutes = [
  ['GET', '/accounts/:account/d1/database', listDatabases],
  ['POST', '/accounts/:account/d1/database', makeDatabase],
  ['GET', '/accounts/:account/d1/database/:database', (call) => shown(findDatabase(call))],
  ['PUT', '/accounts/:account/d1/database/:database', updateDatabase],
  ['POST', '/accounts/:account/d1/database/:database/query', ({ body, ...call }) => query(findDatabase(call), body)],
  ['GET', '/accounts/:account/storage/kv/namespaces', ({ account }) => [...account.namespaces.values()]],
  ['POST', '/accounts/:account/storage/kv/namespaces', makeNamespace],
]

const shown = ({ sqlite: _, ...database }) => database

function listDatabases({ account, query }) {
  const name = query.get('name')
  const all = [...account.databases.values()].filter((database) => name === null || database.name.includes(name))
  return all.map(({ uuid, name }) => ({ uuid, name }))
}

function makeDatabase({ account, body }) {
  const { name, primary_location_hint: location, jurisdiction } = body
  if ([...account.databases.values()].some((database) => database.name === name)) {
    throw new ApiError(400, 7502, 'A database with that name already exists')
  }
  if (location !== undefined && !LOCATIONS.includes(location)) throw new ApiError(400, 7400, 'Wrong location')
  if (jurisdiction !== undefined && !JURISDICTIONS.includes(jurisdiction))
    throw new ApiError(400, 7400, 'Wrong jurisdiction')
  const database = {
    uuid: randomUUID(),
    name,
    version: 'production',
    created_at: new Date().toISOString(),
    location,
    jurisdiction: jurisdiction ?? null,
    read_replication: { mode: 'disabled' },
    sqlite: new DatabaseSync(':memory:'),
  }
  account.databases.set(database.uuid, database)
  return shown(database)
}

function findDatabase({ account, params }) {
  const { database: key } = params
  const found = account.databases.get(key) ?? [...account.databases.values()].find(({ name }) => name === key)
  if (found === undefined) throw new ApiError(404, 7404, 'The database could not be found.')
  return found
}

function updateDatabase({ body, ...call }) {
  if (!['auto', 'disabled'].includes(body?.read_replication?.mode)) throw new ApiError(400, 7400, 'Wrong mode')
  const database = findDatabase(call)
  database.read_replication = body.read_replication
  return shown(database)
}

/** D1 runs all statements of one call, or none. */
function query({ sqlite }, { sql, params = [] }) {
  sqlite.exec('SAVEPOINT one_call')
  try {
    const meta = {
      duration: 0.1,
      changes: 0,
      last_row_id: 0,
      rows_read: 0,
      rows_written: 0,
      size_after: 4096,
      served_by: 'stand-in',
    }
    const isRead = /^\s*(select|with|pragma|explain)\b/i.test(sql)
    const results = isRead ? sqlite.prepare(sql).all(...params) : []
    if (!isRead) sqlite.exec(sql)
    sqlite.exec('RELEASE one_call')
    return [{ results, success: true, meta }]
  } catch (error) {
    sqlite.exec('ROLLBACK TO one_call; RELEASE one_call')
    throw new ApiError(400, 7500, `${error.message}: SQLITE_ERROR`)
  }
}

/** @param {{ sqlite: DatabaseSync }} database @returns {string[]} */
export function migrationsOf({ sqlite }) {
  const table = sqlite.prepare("SELECT 1 FROM sqlite_master WHERE name = 'd1_migrations'").get()
  return table === undefined
    ? []
    : sqlite
        .prepare('SELECT name FROM d1_migrations ORDER BY id')
        .all()
        .map(({ name }) => name)
}

function makeNamespace({ account, body }) {
  const { title, jurisdiction } = body
  if ([...account.namespaces.values()].some((namespace) => namespace.title === title)) {
    throw new ApiError(400, 10014, 'A namespace with this title already exists')
  }
  const namespace = { id: randomUUID().replaceAll('-', ''), title, jurisdiction, supports_url_encoding: true }
  account.namespaces.set(namespace.id, namespace)
  return namespace
}
