import { app } from './app'
import { purge } from './cron'
import { openDb } from './db/client'
import { secure } from './http/security-headers'

export default {
  fetch: async (...request: Parameters<typeof app.fetch>) => secure(await app.fetch(...request)),
  async scheduled(_controller, env) {
    const removed = await purge(openDb(env.DB, 'first-primary'), Date.now())
    console.log(JSON.stringify({ level: 'info', event: 'purged', ...removed }))
  },
} satisfies ExportedHandler<Env>
