// Reads the state of the stand-in, and says what it must be after a deploy.

import { expect } from 'vitest'
import { migrationsOf } from './storage.mjs'

export const databaseOf = (account, name) => [...account.databases.values()].find((database) => database.name === name)
export const namespaceOf = (account, name) => [...account.namespaces.values()].find(({ title }) => title === name)
export const trafficOf = (worker) =>
  worker.deployments[0].versions.map(({ version_id: id, percentage }) => [id, percentage])
export const settingsOf = (version) =>
  Object.fromEntries(version.bindings.filter(({ type }) => type === 'plain_text').map(({ name, text }) => [name, text]))
export const healthOf = async ({ cloudflare }, origin) => (await cloudflare.fetch(`${origin}/health`)).json()

/** What an environment has after a deploy that succeeded. */
export async function expectDeployed({ cloudflare }, name = 'latchkey', account = cloudflare.account()) {
  const worker = account.workers.get(name)
  const database = databaseOf(account, name)
  const [newest] = worker.versions
  expect(trafficOf(worker)).toEqual([[newest.id, 100]])
  expect(worker.schedules).toEqual(['*/15 * * * *'])
  expect(worker.subdomain.previews_enabled).toBe(false)
  expect(worker.settings.observability.logs.invocation_logs).toBe(false)
  expect([...newest.secrets.keys()].sort()).toEqual(expect.arrayContaining(['AUTH_SECRET', 'PASSWORD_PEPPER']))
  expect(newest.bindings).toContainEqual(expect.objectContaining({ name: 'DB', id: database.uuid }))
  const { id: namespace } = namespaceOf(account, name)
  expect(newest.bindings).toContainEqual(expect.objectContaining({ name: 'KV', namespace_id: namespace }))
  expect(database.read_replication).toEqual({ mode: 'auto' })
  expect(migrationsOf(database)).toContain('0000_init.sql')
  return { worker, database, newest }
}

/** Everything of one environment, to see that nothing of it changes. */
export const picture = (account, name) =>
  JSON.stringify([
    account.workers.get(name),
    [...account.workers.get(name).versions.map(({ secrets }) => [...secrets])],
    migrationsOf(databaseOf(account, name)),
    { ...databaseOf(account, name), sqlite: null },
    namespaceOf(account, name),
  ])
