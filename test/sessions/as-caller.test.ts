import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { newMeter, openDb } from '../../src/db/client'
import { asCaller } from '../../src/sessions/as-caller'
import type { Caller } from '../../src/sessions/sessions'
import { users } from '../../src/users/tables'
import { signUp } from '../helpers/people'

const nameOf = async (userId: string) =>
  env.DB.prepare('SELECT name FROM users WHERE id = ?').bind(userId).first<string>('name')

async function aliceAsCaller() {
  const person = await signUp('alice')
  const caller: Caller = { sessionId: person.session.id, userId: person.user.id, authenticatedAt: Date.now() }
  return { person, caller, db: openDb(env.DB, 'first-primary') }
}

describe('a write as the caller', () => {
  it('happens while the session lives, and gives its results by name', async () => {
    const { caller, db } = await aliceAsCaller()
    const own = eq(users.id, caller.userId)
    const { changed, after } = await asCaller(db, caller, Date.now(), (whileLive) => ({
      changed: db.update(users).set({ name: 'Alice' }).where(whileLive).returning({ id: users.id }),
      after: db.select({ name: users.name }).from(users).where(own),
    }))
    expect({ changed, after }).toEqual({ changed: [{ id: caller.userId }], after: [{ name: 'Alice' }] })
  })

  it('changes nothing and is refused once the session has ended', async () => {
    const { person, caller, db } = await aliceAsCaller()
    await env.DB.prepare('DELETE FROM sessions WHERE id = ?').bind(person.session.id).run()
    const writing = asCaller(db, caller, Date.now(), (whileLive) => ({
      changed: db.update(users).set({ name: 'Mallory' }).where(whileLive),
    }))
    await expect(writing).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await nameOf(caller.userId)).toBeNull()
  })

  it.each(['insert', 'update', 'delete'] as const)('is not sent without the condition: %s', async (kind) => {
    const { caller, db } = await aliceAsCaller()
    const own = eq(users.id, caller.userId)
    const meter = newMeter()
    const counted = openDb(env.DB, 'first-primary', meter)
    const unconditional = {
      insert: () => counted.insert(users).values({ id: 'another', username: 'bob', createdAt: 0, updatedAt: 0 }),
      update: () => counted.update(users).set({ name: 'Mallory' }).where(own),
      delete: () => counted.delete(users).where(own),
    }
    const writing = asCaller(counted, caller, Date.now(), (whileLive) => ({
      guarded: counted.update(users).set({ nickname: 'Al' }).where(whileLive),
      forgotten: unconditional[kind](),
    }))
    await expect(writing).rejects.toThrow('lacks the condition `whileLive`')
    expect(meter.d1).toBe(0)
    expect(await db.select().from(users)).toMatchObject([{ id: caller.userId, name: null, nickname: null }])
  })

  it('does not look at the statements of other requests', async () => {
    const { caller, db } = await aliceAsCaller()
    const [, changed] = await Promise.all([
      asCaller(db, caller, Date.now(), () => ({ users: db.select().from(users) })),
      db.update(users).set({ name: 'Alice' }).returning({ name: users.name }),
    ])
    expect(changed).toEqual([{ name: 'Alice' }])
  })
})
