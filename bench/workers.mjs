// Builds Workers as `wrangler deploy` does, and runs each on a workerd of its own with an empty D1 and KV. They listen on
// loopback only.

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { unstable_readConfig } from 'wrangler'
import { childrenOf } from './process.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const config = unstable_readConfig({ config: join(root, 'wrangler.toml') }, { hideWarnings: true })

/** All Workers have the same secrets, so that a token of one is good for another. */
export const secrets = Object.fromEntries((config.secrets?.required ?? []).map((name) => [name, crypto.randomUUID()]))

/** So high that they never refuse. */
const QUOTAS = {
  TODO_QUOTA_ROWS: '1000000000',
  TODO_QUOTA_BYTES: '1000000000000',
  SIGN_UPS_PER_HOUR: '1000000000',
  EMAIL_DAILY_BUDGET: '1000000000',
}

const moduleTypes = { '.js': 'esm', '.bin': 'data', '.txt': 'text', '.html': 'text', '.sql': 'text', '.wasm': 'wasm' }

/**
 * @param {string} script
 * @param {string} [configuration] a wrangler.toml, if it is not the project's own
 * @returns {Promise<Record<string, { type: string, contents: string | Buffer }>>} its modules; the first to run is `index.js`
 */
async function bundle(script, configuration) {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  try {
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
    const args = [wrangler, 'deploy', script, '--dry-run', '--outdir', directory]
    if (configuration) args.push('--config', configuration)
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' }
    await promisify(execFile)(process.execPath, args, { cwd: root, env }).catch(({ stderr }) => {
      throw new Error(`wrangler could not build ${script}:\n${stderr}`)
    })
    const modules = {}
    for (const name of await readdir(directory)) {
      const type = moduleTypes[extname(name)]
      if (!type) continue
      const contents = await readFile(join(directory, name), type === 'esm' || type === 'text' ? 'utf8' : null)
      modules[type === 'esm' ? 'index.js' : name] = { type, contents }
    }
    return modules
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** The limiters never refuse. What they cost here is another matter: see stub-limiter.ts. */
const limiters = Object.fromEntries(
  (config.ratelimits ?? []).map(({ name, namespace_id }) => [
    name,
    { type: 'rate-limit', namespace: namespace_id, simple: { limit: 1_000_000_000, period: 60 } },
  ]),
)

/** @param {Record<string, string>} vars */
const bindings = (vars) => ({
  ...Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, { type: 'text', value }])),
  ...limiters,
  ASSETS: { type: 'assets' },
  DB: { type: 'd1', id: 'DB' },
  KV: { type: 'kv', id: 'KV' },
})

/**
 * Starts a Worker. Its port leads directly to the Worker, because the proxy of a development server would take longer than what
 * is measured.
 * @param {string} script
 * @param {{ configuration?: string, vars?: Record<string, string>, tables?: string[] }} [options] `tables`: SQL, if not the
 *   project's own migrations
 */
export async function startWorker(script, { configuration, vars, tables } = {}) {
  const modules = await bundle(script, configuration)
  const before = new Set(childrenOf(process.pid))
  const miniflare = new Miniflare({
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    // Nobody reads the logs. Worker and workerd write them all the same.
    handleStructuredLogs: () => undefined,
    workers: [
      {
        config: {
          name: 'worker',
          compatibilityDate: config.compatibility_date,
          compatibilityFlags: config.compatibility_flags,
          assets: { directory: join(root, config.assets?.directory ?? ''), hasUserWorker: true },
          manifest: { mainModule: 'index.js', modulesRoot: root, modules },
          env: bindings({ ...config.vars, ...secrets, ...QUOTAS, ...vars }),
        },
        dev: { rootPath: root, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
      },
    ],
  })
  const db = await miniflare.getD1Database('DB', 'worker')
  for (const statements of tables ? [tables] : await migrations()) {
    await db.batch(statements.map((statement) => db.prepare(statement)))
  }
  return {
    db,
    kv: await miniflare.getKVNamespace('KV', 'worker'),
    port: Number((await miniflare.unsafeGetDirectURL('worker')).port),
    /** workerd, with the Worker, its D1 and its KV. */
    pid: childrenOf(process.pid).find((child) => !before.has(child)) ?? 0,
    stop: () => miniflare.dispose(),
  }
}

/** The project's own, each as a list of statements. */
async function migrations() {
  const names = (await readdir(join(root, 'drizzle'))).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) =>
      (await readFile(join(root, 'drizzle', name), 'utf8')).split('--> statement-breakpoint').map((sql) => sql.trim()),
    ),
  )
}

/** @typedef {Awaited<ReturnType<typeof startWorker>>} Worker */
