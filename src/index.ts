import { app } from './app'
import { purge } from './cron'
import { openDb } from './db/client'

export default {
  fetch: app.fetch,
  async scheduled(_controller, env) {
    const removed = await purge(openDb(env.DB, 'first-primary'), Date.now())
    console.log(JSON.stringify({ level: 'info', event: 'purged', ...removed }))
  },
} satisfies ExportedHandler<Env>
