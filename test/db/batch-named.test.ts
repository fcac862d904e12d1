import { env } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { batchNamed } from '../../src/db/batch-named'
import { newMeter, openDb } from '../../src/db/client'
import { spentTokens } from '../../src/log-in/tables'

const open = () => {
  const meter = newMeter()
  return { db: openDb(env.DB, 'first-primary', meter), meter }
}

describe('a named batch', () => {
  it('gives each result under the name of its statement, groups included, in one call', async () => {
    const { db, meter } = open()
    const results = await batchNamed(db, {
      first: db.insert(spentTokens).values({ jti: 'a', expiresAt: 10 }).returning(),
      group: {
        second: db.insert(spentTokens).values({ jti: 'b', expiresAt: 20 }).returning({ jti: spentTokens.jti }),
        nothing: undefined,
        deeper: {
          third: db.select({ expiresAt: spentTokens.expiresAt }).from(spentTokens).where(eq(spentTokens.jti, 'a')),
        },
      },
      empty: {},
      last: db.select({ count: sql<number>`count(*)` }).from(spentTokens),
    })
    expect(results).toEqual({
      first: [{ jti: 'a', expiresAt: 10 }],
      group: { second: [{ jti: 'b' }], nothing: undefined, deeper: { third: [{ expiresAt: 10 }] } },
      empty: {},
      last: [{ count: 2 }],
    })
    expect(meter.d1).toBe(1)
    expectTypeOf(results.first).toEqualTypeOf<{ jti: string; expiresAt: number }[]>()
    expectTypeOf(results.group.second).toEqualTypeOf<{ jti: string }[]>()
    expectTypeOf(results.group.nothing).toEqualTypeOf<undefined>()
    expectTypeOf(results.group.deeper.third).toEqualTypeOf<{ expiresAt: number }[]>()
  })

  it('runs its statements in their order, all or none', async () => {
    const { db } = open()
    const token = { jti: 'a', expiresAt: 1 }
    const failing = batchNamed(db, {
      added: db.insert(spentTokens).values(token),
      addedAgain: db.insert(spentTokens).values(token),
    })
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' })
    expect(await db.select().from(spentTokens)).toEqual([])
  })

  it('needs a statement', async () => {
    await expect(batchNamed(open().db, { group: {}, nothing: undefined })).rejects.toThrow('needs a statement')
  })
})
