import worker from '../src/index'

/*
 * Latchkey with limiters that count in memory, as Cloudflare's do: theirs keep the counters on the machine that runs the Worker, so
 * that a call takes no round trip (https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/). Those of Miniflare
 * ask a Durable Object that writes to SQLite, which costs about as much as an insert into D1. So `npm run bench` compares this
 * Worker with the others, and shows beside it what a create costs with Miniflare's limiter.
 */

const counts = new Map<string, number>()

const limiter = (name: string): RateLimit => ({
  limit: async ({ key }) => {
    const place = `${name} ${key}`
    const count = (counts.get(place) ?? 0) + 1
    counts.set(place, count)
    return { success: count < Number.POSITIVE_INFINITY }
  },
})

const LIMITERS = ['ADDRESS_LIMIT', 'NETWORK_LIMIT', 'WRITE_LIMIT', 'BATCH_LIMIT', 'FEED_LIMIT']
const bindings = new WeakMap<Env, Env>()

function stubbed(env: Env): Env {
  const known = bindings.get(env)
  if (known) return known
  const made = { ...env, ...Object.fromEntries(LIMITERS.map((name) => [name, limiter(name)])) }
  bindings.set(env, made)
  return made
}

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) => worker.fetch(request, stubbed(env), context),
}
