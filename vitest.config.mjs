import { readFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { configDefaults, defineConfig } from 'vitest/config'
import { unstable_readConfig } from 'wrangler'
import { buildAssets } from './scripts/build-assets.mjs'
import { operatorSettings, settings as providerSettings } from './test/social/settings.mjs'

await buildAssets()

const secrets = {
  AUTH_SECRET: 'a secret for the tests, of at least 32 bytes',
  PASSWORD_PEPPER: 'a pepper for the tests, of at least 32 bytes',
}
// Wrangler looks for the required secrets of wrangler.toml in the environment. The bindings below override .dev.vars.
Object.assign(process.env, secrets)

const IN_BROWSER = 'test/browser/**/*.test.ts'
const IN_NODE = 'test/node/**/*.test.mjs'
/** Runs wrangler against a stand-in for Cloudflare, or builds the Worker. It takes two minutes, so `npm test` leaves it out; CI does not. */
const REHEARSALS = [
  'deploy',
  'deploy-questions',
  'rotate',
  'operate',
  'read-stack',
  'operations-docs',
  'generated-clients',
  'client-package',
  'reference-examples',
  'test-provider',
  'trips',
].map((name) => `test/node/${name}.test.mjs`)

/** What the bundle leaves out of packages is left out here too: [alias] in wrangler.toml. */
const { alias: aliases = {} } = unstable_readConfig({ config: 'wrangler.toml' }, { hideWarnings: true })
const alias = Object.entries(aliases)
  .filter(([name]) => name !== 'zod')
  .map(([name, path]) => ({
    find: new RegExp(`^${name}$`),
    replacement: fileURLToPath(new URL(path, import.meta.url)),
  }))

/** Runs in workerd, with the Worker itself. */
const workers = {
  resolve: { alias },
  plugins: [
    cloudflareTest(async ({ inject }) => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          ...secrets,
          ALLOWED_ORIGINS: 'https://app.example.com',
          DELIVERY: 'outbox',
          OUTBOX_TOKEN: 'a token for the tests, of 32 characters or more'.replaceAll(' ', '-'),
          // The strangers' part comes in hourly slices. The tests must not depend on the time of the day.
          SMS_DAILY_BUDGET: '24000',
          EMAIL_DAILY_BUDGET: '24000',
          ...providerSettings,
          ...operatorSettings,
          TEST_PROVIDER_ISSUER: inject('providersUrl'),
          TEST_MIGRATIONS: await readD1Migrations('drizzle'),
        },
        email: { send_email: [{ name: 'EMAIL' }] },
        outboundService: 'provider-router',
        workers: [
          {
            name: 'provider-router',
            modules: true,
            script: readFileSync('test/social/provider-router.mjs', 'utf8'),
            bindings: { PROVIDERS_URL: inject('providersUrl') },
          },
        ],
      },
    })),
  ],
  test: {
    name: 'workers',
    exclude: [...configDefaults.exclude, IN_BROWSER, IN_NODE],
    globalSetup: [
      'test/delivery/twilio-server.mjs',
      'test/signals/alarm-server.mjs',
      'test/social/provider-server.mjs',
    ],
    setupFiles: ['test/helpers/setup.ts'],
    testTimeout: 30_000,
    isolate: false,
    // With this cache, the plugin sends each test file the code of all modules in one message: 31 MB, and workerd takes no more than 32.
    fsModuleCache: false,
    // Each has a workerd of its own, which keeps one core busy.
    maxWorkers: 4,
    provide: {
      propertyRuns: Number(process.env.PROPERTY_RUNS) || null,
      // `npm run coverage`, which CI runs: the longest suites leave nothing out.
      isThorough: process.argv.includes('--coverage'),
    },
  },
}

/** Runs in Node: scripts, and what needs a server of its own. */
const node = {
  test: {
    name: 'node',
    include: [IN_NODE],
    exclude: [...configDefaults.exclude, ...REHEARSALS],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // These wait for servers to start, while those in workerd keep the processor busy.
    maxWorkers: workers.test.maxWorkers,
  },
}

const rehearsal = {
  test: {
    ...node.test,
    name: 'rehearsal',
    include: REHEARSALS,
    exclude: configDefaults.exclude,
    maxWorkers: 3,
    sequence: { groupOrder: 1 },
  },
}

/** Runs in Node, and opens the pages that `npm run dev` serves in Chromium. It takes three minutes, so `npm test` leaves it out; CI does not. */
const browser = {
  test: {
    name: 'browser',
    include: [IN_BROWSER],
    globalSetup: ['test/browser/global-setup.mjs'],
    testTimeout: 60_000,
    // A busy computer takes its time to show something.
    expect: { poll: { timeout: 10_000 } },
    maxWorkers: 3,
    // These run after the others, because a busy computer makes a browser slow.
    sequence: { groupOrder: 2 },
  },
}

export default defineConfig({
  test: {
    projects: [workers, node, rehearsal, browser],
    silent: 'passed-only',
    coverage: {
      provider: 'istanbul',
      include: ['src/**/*.{ts,tsx}'],
      // These run in a browser, and when the assets are built: test/browser and test/node/reference.test.mjs.
      exclude: ['src/**/*.d.ts', 'src/console/browser/**', 'src/console/texts/*/keep.ts', 'src/docs/reference/**'],
      reporter: ['text-summary', 'text'],
      thresholds: { branches: 95, 'src/{log-in,sessions}/**': { branches: 100 } },
    },
  },
})
