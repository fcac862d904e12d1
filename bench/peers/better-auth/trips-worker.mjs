// better-auth, which says in `X-Trips` which calls to D1 and KV a request made until it was answered.

import { env } from 'cloudflare:workers'
import { recordTrips } from '../../record-trips.mjs'
import { makeApp } from './worker.mjs'

export default {
  async fetch(request) {
    const { trips, ...bindings } = recordTrips(env)
    const answer = await makeApp({ ...env, ...bindings }).fetch(request)
    const body = await answer.arrayBuffer()
    const response = new Response(answer.body === null ? null : body, answer)
    response.headers.set('X-Trips', JSON.stringify(trips()))
    return response
  },
}
