import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { prebuildForCaller } from '../../src/sessions/caller-statements'
import { users } from '../../src/users/tables'
import { withBindings } from '../helpers/client'
import { signUp } from '../helpers/people'
import { wrapD1 } from '../helpers/wrap-d1'

describe('a statement of a caller', () => {
  it('cannot be made without the question whether the session lives', () => {
    const values = { userId: 'u', sessionId: 's', now: 1 }
    const careless = prebuildForCaller<never, typeof values>(
      (value) => sql`DELETE FROM ${users} WHERE id = ${value('userId')}`,
    )
    expect(() => careless(values)).toThrow('while the session lives')
    const careful = prebuildForCaller<never, typeof values>(
      (value, { whileLive }) => sql`DELETE FROM ${users} WHERE id = ${value('userId')} AND ${whileLive}`,
    )
    expect(careful(values).values).toEqual(['u', 's', 'u', 1])
  })
})

describe('a read of to-dos', () => {
  /** D1 with a replica that has nothing yet. */
  function laggingD1() {
    const starts: (string | undefined)[] = []
    const DB = wrapD1({
      onSession: (start) => starts.push(start),
      onCall: async (run) => {
        const result = await run()
        if (starts.at(-1) !== 'first-unconstrained') return result
        for (const one of [result].flat()) Object.assign(Object(one), { results: [] })
        return result
      },
    })
    return { DB, starts }
  }

  it.each(['/todos', '/todos/changes', '/lists'])(
    'asks the primary before it says that a session has ended: %s',
    async (path) => {
      const person = await signUp('alice')
      const { client } = person
      await client.post('/todos', { contents: 'Buy milk' })
      await client.post('/lists', { name: 'Buy milk' })
      client.cookies.delete('__Host-bookmark')
      const { DB, starts } = laggingD1()
      const answer = await withBindings(client, { DB }).get(path)
      expect({ status: answer.status, starts }).toEqual({
        status: 200,
        starts: ['first-unconstrained', 'first-primary'],
      })
      expect(answer.text).toContain('Buy milk')
      await env.DB.prepare('DELETE FROM sessions').run()
      expect((await withBindings(client, { DB }).get(path)).status).toBe(401)
    },
  )
})
