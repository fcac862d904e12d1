import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { openDb } from '../../src/db/client'
import { users } from '../../src/users/tables'
import { newUser } from '../../src/users/users'
import { canLogIn, hasAnotherWay } from '../../src/users/ways-to-log-in'

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

  it.each(COLUMNS)(
    'can be entered without its %s when another way is complete, in SQL as in memory',
    async (column) => {
      const db = openDb(env.DB, 'first-primary')
      for (const user of everyUser) {
        await db.delete(users)
        await db.insert(users).values(user)
        const found = await db
          .select({ id: users.id })
          .from(users)
          .where(hasAnotherWay(db, { column }, { PASSWORDS: undefined }))
        expect({ user, found: found.length > 0 }).toEqual({ user, found: canLogIn({ ...user, [column]: null }) })
      }
    },
  )
})
