import { env } from 'node:process'

export default {
  dialect: 'sqlite',
  schema: './src/**/tables.ts',
  out: './drizzle',
  // Only `npm run db:studio` opens a database, and sets this. Wrangler applies the migrations.
  dbCredentials: { url: `file:${env['LOCAL_D1'] ?? ''}` },
}
