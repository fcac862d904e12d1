import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { buildCommonPasswords } from './src/dev/build-common-passwords.mjs'

buildCommonPasswords()

export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          AUTH_SECRET: 'a secret for the tests, of at least 32 bytes',
          PASSWORD_PEPPER: 'a pepper for the tests, of at least 32 bytes',
          ALLOWED_ORIGINS: 'https://app.example.com',
          TEST_MIGRATIONS: await readD1Migrations('drizzle'),
        },
      },
    })),
  ],
  test: { setupFiles: ['test/helpers/setup.ts'], testTimeout: 30_000 },
})
