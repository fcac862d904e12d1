import { env } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { batchNamed } from '../../src/db/batch-named'
import { openDb } from '../../src/db/client'
import { smsDays } from '../../src/delivery/tables'

const open = () => {
  const meter = { d1: 0 }
  return { db: openDb(env.DB, 'first-primary', meter), meter }
}

describe('a named batch', () => {
  it('gives each result under the name of its statement, groups included, in one call', async () => {
    const { db, meter } = open()
    const results = await batchNamed(db, {
      first: db.insert(smsDays).values({ day: 1, sends: 10 }).returning(),
      group: {
        second: db.insert(smsDays).values({ day: 2, sends: 20 }).returning({ day: smsDays.day }),
        nothing: undefined,
        deeper: { third: db.select({ sends: smsDays.sends }).from(smsDays).where(eq(smsDays.day, 1)) },
      },
      empty: {},
      last: db.select({ count: sql<number>`count(*)` }).from(smsDays),
    })
    expect(results).toEqual({
      first: [{ day: 1, sends: 10 }],
      group: { second: [{ day: 2 }], nothing: undefined, deeper: { third: [{ sends: 10 }] } },
      empty: {},
      last: [{ count: 2 }],
    })
    expect(meter.d1).toBe(1)
    expectTypeOf(results.first).toEqualTypeOf<{ day: number; sends: number }[]>()
    expectTypeOf(results.group.second).toEqualTypeOf<{ day: number }[]>()
    expectTypeOf(results.group.nothing).toEqualTypeOf<undefined>()
    expectTypeOf(results.group.deeper.third).toEqualTypeOf<{ sends: number }[]>()
  })

  it('runs its statements in their order, all or none', async () => {
    const { db } = open()
    const day = { day: 1, sends: 1 }
    const failing = batchNamed(db, {
      added: db.insert(smsDays).values(day),
      addedAgain: db.insert(smsDays).values(day),
    })
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' })
    expect(await db.select().from(smsDays)).toEqual([])
  })

  it('needs a statement', async () => {
    await expect(batchNamed(open().db, { group: {}, nothing: undefined })).rejects.toThrow('needs a statement')
  })
})
