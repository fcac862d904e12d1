// A stand-in for Cloudflare: the part of its API (v4) that `npm run deploy` and wrangler call, and the addresses at which the Workers
// answer. It keeps everything in memory, and D1 is SQLite. Tests read its state directly.

import { createServer } from 'node:http'
import { accountRoutes } from './accounts.mjs'
import { ApiError } from './api-error.mjs'
import { answerPublic } from './edge.mjs'
import { storageRoutes } from './storage.mjs'
import { workerRoutes } from './workers.mjs'

const routes = [...accountRoutes, ...storageRoutes, ...workerRoutes].map(([method, path, handle]) => ({
  method,
  pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
  handle,
}))

/** @param {string} id @param {string} name */
const newAccount = (id, name) => ({
  id,
  name,
  /** The name at workers.dev. @type {string | undefined} */
  subdomain: name.toLowerCase(),
  databases: new Map(),
  namespaces: new Map(),
  workers: new Map(),
  /** Custom domains: the name of the Worker by host. */
  domains: new Map(),
  /** Domains that it owns, and hosts that have a DNS record. */
  zones: [],
  records: new Set(),
})

/** @param {{ accounts?: string[] }} [options] names of the accounts that the token is good for */
export async function startCloudflare({ accounts = ['Rehearsal'] } = {}) {
  const state = {
    accounts: new Map(
      accounts.map((name, index) => [`account-${index + 1}`, newAccount(`account-${index + 1}`, name)]),
    ),
    /** Why a version is not well, if it is not. @type {(version: object) => string | undefined} */
    illness: () => undefined,
    /** What the Worker's own examination says, where it is not as usual. @type {Record<string, object>} */
    findings: {},
  }
  /** Each request that changes something, and each that has no route. */
  const changes = []
  const unknown = []
  const failures = []
  const credentials = new Set()

  async function answer(request) {
    const url = new URL(request.url, 'http://stand-in')
    credentials.add(request.headers.authorization)
    const path = url.pathname
    for (const { method, pattern, handle } of routes) {
      const match = method === request.method ? pattern.exec(path) : null
      if (match === null) continue
      const groups = match.groups ?? {}
      failIfWanted(`${method} ${path}`)
      const body = await bodyOf(request)
      const account = groups.account === undefined ? undefined : state.accounts.get(groups.account)
      if (groups.account !== undefined && account === undefined) throw new ApiError(403, 10000, 'Authentication error')
      const result = await handle({ state, account, params: decode(groups), query: url.searchParams, body })
      if (method !== 'GET' && !path.endsWith('/query')) changes.push(`${method} ${path}`)
      return result
    }
    unknown.push(`${request.method} ${path}`)
    throw new ApiError(404, 7003, `The stand-in has no ${request.method} ${path}`)
  }

  function failIfWanted(request) {
    const failure = failures.find(({ pattern }) => pattern.test(request))
    if (failure === undefined) return
    failures.splice(failures.indexOf(failure), 1)
    throw new ApiError(failure.status, 10_013, failure.message)
  }

  const server = createServer(async (request, response) => {
    const { status, json } = await answer(request).then(
      (result) => ({ status: 200, json: envelope(result) }),
      (error) => ({ status: error.status ?? 500, json: refusal(error) }),
    )
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json))
  })
  await new Promise((settle) => server.listen(0, '127.0.0.1', settle))

  return {
    ...state,
    state,
    changes,
    unknown,
    credentials,
    url: `http://127.0.0.1:${server.address().port}`,
    /** @param {string} [id] */
    account: (id = 'account-1') => state.accounts.get(id),
    /** The next request that fits fails. @param {RegExp} pattern of `METHOD /path` */
    failOnce: (pattern, { status = 500, message = 'made to fail' } = {}) => failures.push({ pattern, status, message }),
    hasFailuresLeft: () => failures.length > 0,
    /** What the public gets at an address. @type {typeof globalThis.fetch} */
    fetch: (input, init) => answerPublic(state, new Request(input, init)),
    stop: () => new Promise((settle) => server.close(settle).closeAllConnections()),
  }
}

const decode = (groups) =>
  Object.fromEntries(Object.entries(groups).map(([key, value]) => [key, decodeURIComponent(value)]))

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const type = request.headers['content-type'] ?? ''
  const body = new Response(Buffer.concat(chunks), { headers: { 'Content-Type': type } })
  if (type.startsWith('multipart/')) return body.formData()
  return chunks.length === 0 ? undefined : body.json().catch(() => undefined)
}

const envelope = (result) => ({
  success: true,
  errors: [],
  messages: [],
  result,
  ...(Array.isArray(result) && {
    result_info: { page: 1, per_page: 50, count: result.length, total_count: result.length, total_pages: 1 },
  }),
})

const refusal = ({ code = 10_001, message }) => ({
  success: false,
  errors: [{ code, message }],
  messages: [],
  result: null,
})
