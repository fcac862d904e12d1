import { type LatchkeyBinding, openLatchkey } from '@latchkey/client/worker'

interface Env {
  LATCHKEY: LatchkeyBinding
}

/** Greets whoever is signed in to Latchkey, takes notes of nobody else, and forgets them only for somebody who has just logged in. */
export default {
  async fetch(request, env) {
    const latchkey = openLatchkey(env.LATCHKEY)
    if (request.method === 'GET') {
      const session = await latchkey.getSession(request)
      return Response.json({ hello: session?.user.username ?? 'stranger' })
    }
    if (request.method === 'DELETE') {
      const owner = await latchkey.requireFresh(request)
      return owner.ok ? Response.json({ forgotten: owner.user.username }) : owner.response
    }
    const found = await latchkey.requireUser(request, { now: true })
    if (!found.ok) return found.response
    return Response.json({ by: found.user.username, note: await request.text() })
  },
} satisfies ExportedHandler<Env>
