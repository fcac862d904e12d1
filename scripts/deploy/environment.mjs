// The environment that is deployed, from wrangler.toml, and the configuration that wrangler gets for it alone.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { unstable_readConfig } from 'wrangler'
import { Stop } from './stop.mjs'

export const PRODUCTION = 'production'

/**
 * @typedef {object} Environment
 * @property {string} name for people: `production` is the top level of wrangler.toml
 * @property {string | undefined} key in `[env.…]`, or undefined for the top level
 * @property {string} worker the name of the Worker; its database and its namespace have it too
 * @property {import('wrangler').Unstable_Config} config
 * @property {{ name: string, config: import('wrangler').Unstable_Config }[]} others
 */

/**
 * @param {string} root
 * @param {string | undefined} name
 * @param {NodeJS.ProcessEnv} variables
 * @returns {Environment}
 */
export function readEnvironment(root, name, variables) {
  const file = join(root, 'wrangler.toml')
  const read = (env) => unstable_readConfig({ config: file, env }, { hideWarnings: true })
  const { definedEnvironments = [] } = read(undefined)
  const key = name === PRODUCTION ? undefined : name
  if (key !== undefined && !definedEnvironments.includes(key)) {
    const known = [PRODUCTION, ...definedEnvironments].join(', ')
    throw new Stop(`wrangler.toml has no environment ${key}.`, `It has ${known}.`)
  }
  const config = read(key)
  const others = [undefined, ...definedEnvironments]
    .filter((other) => other !== key)
    .map((other) => ({ name: other ?? PRODUCTION, config: read(other) }))
  // Workers Builds gives the Worker the name that its owner chose.
  const worker = (key === undefined && variables.WRANGLER_CI_OVERRIDE_NAME) || config.name
  const twin = others.find((other) => other.config.name === worker)
  if (worker === undefined || twin !== undefined) {
    throw new Stop(`${key ?? PRODUCTION} has no name of its own in wrangler.toml.`)
  }
  return { name: key ?? PRODUCTION, key, worker, config, others }
}

/** What `unstable_readConfig` adds that is no setting of a Worker. */
const NO_SETTING = new Set([
  'configPath',
  'userConfigPath',
  'topLevelName',
  'definedEnvironments',
  'targetEnvironment',
  'dev',
  'jsx_factory',
  'jsx_fragment',
  'python_modules',
])

const isEmpty = (value) =>
  value === undefined || value === null || (typeof value === 'object' && Object.values(value).every(isEmpty))

/**
 * The configuration of one environment, with the ids that were found: no other environment is in it.
 * @param {Environment} environment
 * @param {{ root: string, databaseId: string, namespaceId: string }} found
 */
export function resolveConfig({ config, worker }, { root, databaseId, namespaceId }) {
  const path = (relative) => resolve(root, relative)
  const settings = Object.fromEntries(
    Object.entries(config).filter(([name, value]) => !NO_SETTING.has(name) && !isEmpty(value)),
  )
  const [database, ...otherDatabases] = config.d1_databases
  const [namespace, ...otherNamespaces] = config.kv_namespaces
  const alias = Object.entries(config.alias ?? {}).map(([from, to]) => [from, to.startsWith('.') ? path(to) : to])
  return {
    ...settings,
    name: worker,
    main: path(config.main),
    workers_dev: config.workers_dev ?? !hasRoutes(config),
    preview_urls: config.preview_urls ?? false,
    d1_databases: [
      { ...database, database_id: databaseId, migrations_dir: path(database.migrations_dir) },
      ...otherDatabases,
    ],
    kv_namespaces: [{ ...namespace, id: namespaceId }, ...otherNamespaces],
    send_email: sendersOf(config),
    alias: Object.fromEntries(alias),
    ...(config.assets && { assets: { ...config.assets, directory: path(config.assets.directory) } }),
    ...(config.build.command && { build: { ...config.build, cwd: path(config.build.cwd ?? '.') } }),
  }
}

export const hasRoutes = (config) => (config.routes?.length ?? 0) > 0 || config.route !== undefined

/** Whoever sets EMAIL_FROM wants to send, so the binding is not theirs to add. */
function sendersOf(config) {
  const senders = config.send_email ?? []
  if (!config.vars.EMAIL_FROM || senders.some(({ name }) => name === 'EMAIL')) return senders
  return [...senders, { name: 'EMAIL' }]
}

/** @param {string} root @param {string} environment @param {string} file */
export const deployFile = (root, environment, file) => join(root, '.wrangler/deploy', environment, file)

/** @param {string} file @param {unknown} content */
export function writeJson(file, content) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`)
}
