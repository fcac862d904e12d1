// Builds a Worker as `wrangler deploy` does, and runs it on workerd with an empty D1 and KV. It listens on loopback only.

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { unstable_readConfig } from 'wrangler'

const root = fileURLToPath(new URL('..', import.meta.url))
const config = unstable_readConfig({ config: join(root, 'wrangler.toml') }, { hideWarnings: true })

/** Both Workers have the same secrets, so that each accepts the tokens of the other. */
const secrets = Object.fromEntries((config.secrets?.required ?? []).map((name) => [name, crypto.randomUUID()]))

/** So high that they never refuse. */
const QUOTAS = { TODO_QUOTA_ROWS: '1000000000', TODO_QUOTA_BYTES: '1000000000000' }

const moduleTypes = { '.js': 'esm', '.bin': 'data', '.txt': 'text', '.html': 'text', '.sql': 'text', '.wasm': 'wasm' }

/**
 * @param {string} script
 * @returns {Promise<Record<string, { type: string, contents: string | Buffer }>>} its modules; the first to run is `index.js`
 */
async function bundle(script) {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  try {
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
    const args = [wrangler, 'deploy', script, '--dry-run', '--outdir', directory]
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

/**
 * Starts a Worker with a migrated database. Its port leads directly to the Worker, because the proxy of a development server
 * would take longer than what is measured.
 * @param {string} script
 */
export async function startWorker(script) {
  const vars = { ...config.vars, ...secrets, ...QUOTAS }
  const text = Object.entries(vars).map(([name, value]) => [name, { type: 'text', value }])
  const miniflare = new Miniflare({
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    workers: [
      {
        config: {
          name: 'worker',
          compatibilityDate: config.compatibility_date,
          compatibilityFlags: config.compatibility_flags,
          assets: { directory: join(root, config.assets?.directory ?? ''), hasUserWorker: true },
          manifest: { mainModule: 'index.js', modulesRoot: root, modules: await bundle(script) },
          env: {
            ...Object.fromEntries(text),
            ASSETS: { type: 'assets' },
            DB: { type: 'd1', id: 'DB' },
            KV: { type: 'kv', id: 'KV' },
            // So high that it never refuses.
            ADDRESS_LIMIT: { type: 'rate-limit', namespace: '1', simple: { limit: 1_000_000_000, period: 60 } },
            WRITE_LIMIT: { type: 'rate-limit', namespace: '2', simple: { limit: 1_000_000_000, period: 60 } },
            BATCH_LIMIT: { type: 'rate-limit', namespace: '3', simple: { limit: 1_000_000_000, period: 60 } },
          },
        },
        dev: { rootPath: root, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
      },
    ],
  })
  const db = await miniflare.getD1Database('DB', 'worker')
  for (const file of (await readdir(join(root, 'drizzle'))).filter((name) => name.endsWith('.sql')).sort()) {
    const migration = await readFile(join(root, 'drizzle', file), 'utf8')
    await db.batch(migration.split('--> statement-breakpoint').map((statement) => db.prepare(statement)))
  }
  return {
    db,
    kv: await miniflare.getKVNamespace('KV', 'worker'),
    port: Number((await miniflare.unsafeGetDirectURL('worker')).port),
    stop: () => miniflare.dispose(),
  }
}

/** @typedef {Awaited<ReturnType<typeof startWorker>>} Worker */
