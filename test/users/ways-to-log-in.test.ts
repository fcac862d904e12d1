import { env } from 'cloudflare:workers'
import { and, eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { openDb } from '../../src/db/client'
import { identities, passkeys, users } from '../../src/users/tables'
import { newUser } from '../../src/users/users'
import { canLogIn, hasAnotherWay, type RemovedWay } from '../../src/users/ways-to-log-in'

const VALUES = { email: 'alice@example.com', phone: '+821012345678', username: 'alice', passwordHash: 'a hash' }
const COLUMNS = ['email', 'phone', 'username', 'passwordHash'] as const

/** A user for each choice of columns that are set. */
const everyUser = Array.from({ length: 2 ** COLUMNS.length }, (_, choice) => {
  const isSet = (index: number) => (choice >> index) % 2 === 1
  const values = Object.fromEntries(
    COLUMNS.flatMap((column, index) => (isSet(index) ? [[column, VALUES[column]]] : [])),
  )
  return newUser({ id: `user ${choice}`, ...values }, 0)
})

describe('an account', () => {
  it('can be entered with a contact, or with a user name and a password', () => {
    for (const user of everyUser) {
      const { email, phone, username, passwordHash } = user
      const expected = email !== null || phone !== null || (username !== null && passwordHash !== null)
      expect(canLogIn(user)).toBe(expected)
    }
  })

  /** Whether a user with these identities has another way, by the SQL. */
  async function hasOther(user: (typeof everyUser)[number], ids: string[], removed: RemovedWay): Promise<boolean> {
    const db = openDb(env.DB, 'first-primary')
    const other = newUser({ id: 'somebody else', email: 'bob@example.com' }, 0)
    await db.delete(users)
    await db.insert(users).values([user, other])
    // Somebody else's identity is no way in.
    for (const [id, userId] of [...ids.map((id) => [id, user.id] as const), ['of somebody else', other.id] as const]) {
      const row = { id, userId, provider: 'google', issuer: 'https://accounts.google.com', subject: id } as const
      await db.insert(identities).values({ ...row, label: null, createdAt: 0 })
    }
    const isUser = and(eq(users.id, user.id), hasAnotherWay(db, removed, { PASSWORDS: undefined }))
    return (await db.select({ id: users.id }).from(users).where(isUser)).length > 0
  }

  it.each(COLUMNS)(
    'can be entered without its %s when another way is complete, in SQL as in memory',
    async (column) => {
      for (const user of everyUser) {
        const found = await hasOther(user, [], { column })
        expect({ user, found }).toEqual({ user, found: canLogIn({ ...user, [column]: null }) })
      }
    },
  )

  it.each(COLUMNS)('can be entered without its %s when it has an identity', async (column) => {
    for (const user of everyUser) expect(await hasOther(user, ['one'], { column })).toBe(true)
  })

  it('can be entered without a passkey when it has another one, or another way', async () => {
    const db = openDb(env.DB, 'first-primary')
    const hasOtherPasskey = async (user: (typeof everyUser)[number], ids: string[], removed: RemovedWay) => {
      await hasOther(user, [], { column: 'email' })
      for (const id of ids) {
        const key = { publicKey: 'key', counter: 0, transports: [], isBackupEligible: false, isBackedUp: false }
        const row = { id, userId: user.id, credentialId: id, aaguid: 'none', name: 'A passkey', createdAt: 0, ...key }
        await db.insert(passkeys).values(row)
      }
      const isUser = and(eq(users.id, user.id), hasAnotherWay(db, removed, { PASSWORDS: undefined }))
      return (await db.select({ id: users.id }).from(users).where(isUser)).length > 0
    }
    for (const user of everyUser) {
      expect(await hasOtherPasskey(user, ['one', 'two'], { passkey: 'one' })).toBe(true)
      expect(await hasOtherPasskey(user, ['one'], { column: 'email' })).toBe(true)
      expect(await hasOtherPasskey(user, ['one'], { identity: 'other' })).toBe(true)
      const found = await hasOtherPasskey(user, ['one'], { passkey: 'one' })
      expect({ user, found }).toEqual({ user, found: canLogIn(user) })
    }
  })

  it('can be entered without an identity when it has another one, or another way', async () => {
    for (const user of everyUser) {
      expect(await hasOther(user, ['one', 'two'], { identity: 'one' })).toBe(true)
      const found = await hasOther(user, ['one'], { identity: 'one' })
      expect({ user, found }).toEqual({ user, found: canLogIn(user) })
    }
  })
})
