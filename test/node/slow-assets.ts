import worker from '../../src/index'

/* The Worker, with static files that take 1.5 s to arrive. */

const DELAY_MS = 1500

/** One for each isolate, as the real binding is. */
let slow: Fetcher | undefined

const slowDown = (assets: Fetcher): Fetcher =>
  new Proxy(assets, {
    get: (target, name) => {
      if (name !== 'fetch') return Reflect.get(target, name)
      return async (...request: Parameters<Fetcher['fetch']>) => {
        await scheduler.wait(DELAY_MS)
        return target.fetch(...request)
      }
    },
  })

export default {
  fetch(request, env, context) {
    slow ??= slowDown(env.ASSETS)
    return worker.fetch(request, { ...env, ASSETS: slow }, context)
  },
} satisfies ExportedHandler<Env>
