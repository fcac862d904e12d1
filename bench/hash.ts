import { readConfig } from '../src/config'
import { verifyPassword } from '../src/log-in/password/hash'

/* Compares a password with its hash, and does nothing else: what is left of a log-in is its CPU without this. */

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { password, hash } = await request.json<{ password: string; hash: string }>()
    return Response.json(await verifyPassword(password, hash, readConfig(env)))
  },
}
