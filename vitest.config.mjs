import process from 'node:process'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { build } from './src/dev/build.mjs'

build()

const secrets = {
  AUTH_SECRET: 'a secret for the tests, of at least 32 bytes',
  PASSWORD_PEPPER: 'a pepper for the tests, of at least 32 bytes',
}
// Wrangler looks for the secrets that wrangler.toml requires here; the bindings below win over a .dev.vars.
Object.assign(process.env, secrets)

export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          ...secrets,
          ALLOWED_ORIGINS: 'https://app.example.com',
          DELIVERY: 'outbox',
          TEST_MIGRATIONS: await readD1Migrations('drizzle'),
        },
        email: { send_email: [{ name: 'EMAIL' }] },
      },
    })),
  ],
  test: {
    globalSetup: ['test/helpers/http-server.mjs'],
    setupFiles: ['test/helpers/setup.ts'],
    testTimeout: 30_000,
    isolate: false,
    maxWorkers: 2,
    provide: { propertyRuns: Number(process.env.PROPERTY_RUNS ?? 500) },
    silent: 'passed-only',
    coverage: {
      provider: 'istanbul',
      include: ['src/**/*.{ts,tsx}'],
      exclude: ['src/dev/**', 'src/**/*.d.ts'],
      reporter: ['text-summary', 'text'],
      thresholds: { branches: 95, 'src/auth/**': { branches: 100 } },
    },
  },
})
