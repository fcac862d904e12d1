import { env } from 'cloudflare:workers'
import { it } from 'vitest'
import { app } from '../src/app'
import { Client, ORIGIN } from './helpers/client'
import { signUp } from './helpers/people'
const show = (l: string, a: {status:number, headers: Headers, text: string}) => console.log(l, a.status, JSON.stringify([...a.headers]), a.text.slice(0,300))
it('probe', async () => {
  const c = new Client()
  const d = await c.get<{components: unknown, paths: Record<string, unknown>}>(`${ORIGIN}/openapi.json`)
  const alice = await signUp('alice')
  console.log(alice.client.setCookies)
  show('me', await alice.client.get('/users/me'))
  show('//', await c.get(`${ORIGIN}//api/v1/users/me`))
  show('slash', await alice.client.get(`/users/me/`))
  show('case', await alice.client.get(`/Users/me`))
  show('root post', await c.post(`${ORIGIN}/`))
  show('405', await alice.client.put(`/users/me`))
  show('openapi', await c.get(`${ORIGIN}/health`))
  show('patch none', await alice.client.patch(`/users/me`))
  show('post none', await alice.client.post(`/todos`))
  show('del none', await alice.client.delete(`/users/me`))
  show('prob', await alice.client.get(`${ORIGIN}/problems/nope`))
  show('bm', await alice.client.get(`/users/me`, {headers: {'X-D1-Bookmark': 'ffffffff-ffffffff-ffffffff-ffffffffffffffffffffffffffffffff'}}))
  show('todos', await alice.client.get(`/todos?limit=1&limit=2`))
  console.log(await env.KV.list())
})
