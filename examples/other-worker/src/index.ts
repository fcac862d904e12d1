import { type LatchkeyBinding, openLatchkey } from '@latchkey/client/worker'

interface Env {
  LATCHKEY: LatchkeyBinding
}

/** Greets whoever is signed in to Latchkey, and takes notes of nobody else. */
export default {
  async fetch(request, env) {
    const latchkey = openLatchkey(env.LATCHKEY)
    if (request.method === 'GET') {
      const session = await latchkey.getSession(request)
      return Response.json({ hello: session?.user.username ?? 'stranger' })
    }
    const found = await latchkey.requireUser(request, { now: true })
    if (!found.ok) return found.response
    return Response.json({ by: found.user.username, note: await request.text() })
  },
} satisfies ExportedHandler<Env>
