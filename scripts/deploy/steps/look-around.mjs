import { unlessMissing } from '../cloudflare.mjs'
import { Stop } from '../stop.mjs'
import { confirm } from '../terminal.mjs'

/**
 * Finds what this environment has at Cloudflare already, by its name. Nothing is committed, so a colleague and CI find the same.
 * @param {import('../deploy.mjs').Deploy} d
 */
export async function lookAround(d) {
  d.found = await findInCloudflare(d)
  const { running } = d.found
  if (running !== undefined && !running.isLatchkey) await replaceStranger(d)
}

/** What there is, without a question. @param {Pick<import('../deploy.mjs').Deploy, 'api' | 'account' | 'environment'>} d */
export async function findInCloudflare(d) {
  const [database, namespace, running, secrets] = await Promise.all([
    findDatabase(d),
    findNamespace(d),
    findRunning(d),
    unlessMissing(d.api.get(`${d.account}/workers/scripts/${d.environment.worker}/secrets`)),
  ])
  return { database, namespace, running, secrets: (secrets ?? []).map(({ name }) => name) }
}

/** An id in wrangler.toml counts more than the name: the "Deploy to Cloudflare" button writes it there. */
async function findDatabase({ api, account, environment: { config, worker } }) {
  const id =
    config.d1_databases[0].database_id ??
    (await api.list(`${account}/d1/database?name=${worker}`)).find(({ name }) => name === worker)?.uuid
  if (id === undefined) return undefined
  const database = await api.get(`${account}/d1/database/${id}`)
  return {
    id,
    name: database.name,
    replication: database.read_replication?.mode,
    jurisdiction: database.jurisdiction,
  }
}

async function findNamespace({ api, account, environment: { config, worker } }) {
  const { id } = config.kv_namespaces[0]
  if (id !== undefined) return { id }
  const found = (await api.list(`${account}/storage/kv/namespaces`)).find(({ title }) => title === worker)
  return found && { id: found.id }
}

/**
 * The version that answers now. While a deploy is under way there are two, and the older one has all of the traffic.
 * @param {import('../deploy.mjs').Deploy} d
 */
export async function findRunning({ api, account, environment: { worker } }) {
  const path = `${account}/workers/scripts/${worker}`
  const list = await unlessMissing(api.get(`${path}/deployments`))
  const versions = list?.deployments?.[0]?.versions ?? []
  const [most] = versions.toSorted((one, other) => other.percentage - one.percentage)
  if (most === undefined) return undefined
  const version = await api.get(`${path}/versions/${most.version_id}`)
  const bindings = version.resources?.bindings ?? []
  const settings = bindings.filter(({ type }) => type === 'plain_text').map(({ name, text }) => [name, text])
  return {
    id: most.version_id,
    isLatchkey: bindings.some(({ type, name }) => type === 'd1' && name === 'DB'),
    settings: Object.fromEntries(settings),
  }
}

/** `wrangler secret put` and Workers Builds make an empty Worker in advance. Anybody else's Worker must not be lost. */
async function replaceStranger(d) {
  const { worker } = d.environment
  if (d.variables.WORKERS_CI) return
  const whatToDo = `Delete that Worker, or change \`name\` in wrangler.toml.`
  if (d.options['dry-run'] || !d.canAsk) throw new Stop(`There is a Worker ${worker} that is not Latchkey.`, whatToDo)
  const agreed = await confirm(d.terminal, `There is a Worker ${worker} that is not Latchkey. Replace its code?`, false)
  if (!agreed) throw new Stop('Nothing was changed.', whatToDo)
}

/** Whether this environment gets its first version of Latchkey. @param {import('../deploy.mjs').Deploy} d */
export const isFirst = (d) => d.found.running?.isLatchkey !== true
