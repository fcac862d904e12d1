import { env } from 'node:process'
import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/**/tables.ts',
  out: './drizzle',
  // Set by `npm run db:studio`, the only command that opens a database; migrations are applied by wrangler.
  dbCredentials: { url: `file:${env['LOCAL_D1'] ?? ''}` },
})
