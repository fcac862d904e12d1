import { randomUUID } from 'node:crypto'
import { ApiError } from './api-error.mjs'
import { upload } from './upload.mjs'

const SCRIPT = '/accounts/:account/workers/scripts/:worker'

/** Workers: their versions, which of them get the traffic, and where they answer. */
export const workerRoutes = [
  ['GET', '/accounts/:account/workers/services/:worker', service],
  ['GET', '/accounts/:account/workers/workers/:worker', workerItself],
  ['GET', '/accounts/:account/workers/subdomain', subdomain],
  ['GET', '/accounts/:account/workers/domains', domains],
  ['PUT', SCRIPT, deployAtOnce],
  ['POST', `${SCRIPT}/versions`, async (call) => shownVersion(await upload(call, findWorker(call)))],
  ['GET', `${SCRIPT}/versions`, (call) => ({ items: findWorker(call).versions.map(shownVersion) })],
  ['GET', `${SCRIPT}/versions/:version`, (call) => shownVersion(findVersion(findWorker(call), call.params.version))],
  ['GET', `${SCRIPT}/deployments`, (call) => ({ deployments: findWorker(call).deployments })],
  ['POST', `${SCRIPT}/deployments`, deployVersions],
  ['GET', `${SCRIPT}/secrets`, secrets],
  ['PATCH', `${SCRIPT}/secrets-bulk`, changeSecrets],
  [
    'GET',
    `${SCRIPT}/settings`,
    (call) => ({ bindings: shownVersion(findWorker(call).versions[0]).resources.bindings }),
  ],
  ['GET', `${SCRIPT}/script-settings`, (call) => findWorker(call).settings],
  ['PATCH', `${SCRIPT}/script-settings`, (call) => Object.assign(findWorker(call).settings, call.body)],
  ['GET', `${SCRIPT}/subdomain`, (call) => findWorker(call).subdomain],
  ['POST', `${SCRIPT}/subdomain`, setSubdomain],
  ['PUT', `${SCRIPT}/schedules`, setSchedules],
  ['POST', `${SCRIPT}/assets-upload-session`, () => ({ jwt: unsignedToken({}), buckets: [] })],
  ['POST', `${SCRIPT}/domains/changeset`, changeset],
  ['PUT', `${SCRIPT}/domains/records`, setDomains],
]

const unsignedToken = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`

function findWorker({ account, params }) {
  const worker = account.workers.get(params.worker)
  if (worker === undefined) throw new ApiError(404, 10007, 'This Worker does not exist on your account.')
  return worker
}

function findVersion(worker, id) {
  const version = worker.versions.find((version) => version.id === id)
  if (version === undefined) throw new ApiError(404, 10007, 'This version does not exist.')
  return version
}

/** Secrets have names, but nobody sees their values again. */
const shownVersion = ({ secrets, bindings, uploaded: _, ...version }) => ({
  ...version,
  resources: {
    script: { handlers: ['fetch', 'scheduled'] },
    script_runtime: {},
    bindings: [...bindings, ...[...secrets.keys()].map((name) => ({ name, type: 'secret_text' }))],
  },
})

function service(call) {
  if (!call.account.workers.has(call.params.worker)) throw new ApiError(404, 10090, 'This service does not exist.')
  const { name, tag } = findWorker(call)
  const script = { id: name, tag, tags: [], last_deployed_from: 'wrangler' }
  return { id: name, default_environment: { environment: 'production', script } }
}

function workerItself(call) {
  const { name, tag, subdomain } = findWorker(call)
  return { id: tag, name, subdomain: { ...subdomain, url: `https://${name}.${call.account.subdomain}.workers.dev` } }
}

function subdomain({ account }) {
  if (account.subdomain === undefined) throw new ApiError(404, 10007, 'Subdomain not found.')
  return { subdomain: account.subdomain }
}

async function deployAtOnce(call) {
  const { account, params } = call
  const before = account.workers.get(params.worker)
  const worker = before ?? {
    name: params.worker,
    tag: randomUUID().replaceAll('-', ''),
    versions: [],
    deployments: [],
    settings: {},
    schedules: [],
    subdomain: { enabled: false, previews_enabled: false },
  }
  const version = await upload(call, worker)
  account.workers.set(worker.name, worker)
  worker.settings = { ...worker.settings, observability: version.uploaded.observability }
  begin(worker, [{ version_id: version.id, percentage: 100 }])
  return { id: worker.name, tag: worker.tag, deployment_id: version.id, startup_time_ms: 5, handlers: ['fetch'] }
}

function begin(worker, versions) {
  const deployment = { id: randomUUID(), created_on: new Date().toISOString(), source: 'wrangler', versions }
  worker.deployments.unshift(deployment)
  return deployment
}

function deployVersions(call) {
  const worker = findWorker(call)
  const { versions } = call.body
  for (const { version_id: id } of versions) findVersion(worker, id)
  const sum = versions.reduce((total, { percentage }) => total + percentage, 0)
  if (versions.length > 2 || sum !== 100) throw new ApiError(400, 10021, 'The percentages must add up to 100')
  return begin(worker, versions)
}

function secrets(call) {
  const [newest] = findWorker(call).versions
  return [...(newest?.secrets.keys() ?? [])].map((name) => ({ name, type: 'secret_text' }))
}

/** A change of secrets is a version of its own, and goes live at once. */
function changeSecrets(call) {
  const worker = findWorker(call)
  const [newest] = worker.versions
  if (!worker.deployments[0].versions.some(({ version_id: id }) => id === newest.id)) {
    throw new ApiError(400, 10215, 'Secret edit failed. The latest version of this Worker is not deployed.')
  }
  const changed = new Map(newest.secrets)
  for (const [name, secret] of Object.entries(call.body.secrets)) {
    if (secret === null) changed.delete(name)
    else changed.set(name, secret.text)
  }
  const version = { ...newest, id: randomUUID(), number: worker.versions.length + 1, secrets: changed }
  worker.versions.unshift(version)
  begin(worker, [{ version_id: version.id, percentage: 100 }])
  return secrets(call)
}

function setSubdomain(call) {
  const worker = findWorker(call)
  const { enabled = worker.subdomain.enabled, previews_enabled = enabled } = call.body
  worker.subdomain = { enabled, previews_enabled }
  return worker.subdomain
}

function setSchedules(call) {
  const worker = findWorker(call)
  worker.schedules = call.body.map(({ cron }) => cron)
  return { schedules: call.body }
}

function domains({ account, query }) {
  const hostname = query.get('hostname')
  return [...account.domains]
    .filter(([host]) => hostname === null || host === hostname)
    .map(([host, service]) => ({ id: host, hostname: host, service }))
}

function changeset({ account, body, params }) {
  const conflicting = body.filter(({ hostname }) => account.records.has(hostname) && !account.domains.has(hostname))
  const [added, updated] = [false, true].map((isThere) =>
    body.filter(({ hostname }) => account.domains.has(hostname) === isThere),
  )
  const modified = ({ hostname }) => account.domains.get(hostname) !== params.worker
  return {
    added,
    removed: [],
    updated: updated.map((domain) => ({ ...domain, id: domain.hostname, modified: modified(domain) })),
    conflicting,
  }
}

function setDomains(call) {
  const worker = findWorker(call)
  for (const { hostname } of call.body.origins) {
    call.account.domains.set(hostname, worker.name)
    call.account.records.add(hostname)
  }
  return {}
}
