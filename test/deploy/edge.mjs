import { reportOf } from './doctor.mjs'
import { migrationsOf } from './storage.mjs'

/** What somebody gets who opens an address: `/health` of the version that the header or the split of the traffic leads to. */
export async function answerPublic(state, request) {
  const { hostname, pathname } = new URL(request.url)
  const found = findWorker(state, hostname)
  if (found === undefined)
    throw new TypeError('fetch failed', { cause: new Error(`getaddrinfo ENOTFOUND ${hostname}`) })
  const { account, worker } = found
  const version = pickVersion(worker, request.headers.get('Cloudflare-Workers-Version-Overrides'))
  const database = account.databases.get(version.bindings.find(({ name }) => name === 'DB')?.id)
  if (pathname === '/api/v1/operator/doctor') return reportOf(state, { request, version, database })
  if (pathname !== '/health') return new Response('Not found', { status: 404 })
  const finds =
    database &&
    migrationsOf(database)
      .at(-1)
      ?.replace(/\.sql$/, '')
  const detail = faultOf(state, version, finds)
  if (detail !== undefined) return Response.json({ code: 'misconfigured', status: 503, detail }, { status: 503 })
  const body = { status: 'ok', version: { id: version.id }, schema: { wants: finds, finds } }
  return Response.json(body, { headers: { Date: new Date().toUTCString() } })
}

function findWorker(state, hostname) {
  for (const account of state.accounts.values()) {
    const custom = account.workers.get(account.domains.get(hostname))
    if (custom !== undefined) return { account, worker: custom }
    for (const worker of account.workers.values()) {
      if (!worker.subdomain.enabled || hostname !== `${worker.name}.${account.subdomain}.workers.dev`) continue
      return { account, worker }
    }
  }
}

/** A header counts only for a version of the current deployment. */
function pickVersion(worker, header) {
  const { versions } = worker.deployments[0]
  const wanted = new RegExp(`${worker.name}="([^"]+)"`).exec(header ?? '')?.[1]
  const chosen =
    versions.find(({ version_id: id }) => id === wanted) ?? versions.find(({ percentage }) => percentage > 0)
  return worker.versions.find(({ id }) => id === chosen.version_id)
}

function faultOf(state, version, finds) {
  const missing = ['AUTH_SECRET', 'PASSWORD_PEPPER'].filter((name) => !version.secrets.has(name))
  if (missing.length > 0) return `${missing.join('; ')} is missing.`
  if (finds === undefined) return 'The database has no tables.'
  return state.illness(version)
}
