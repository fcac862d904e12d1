import { beforeEach, describe, expect, it } from 'vitest'
import { Client, clientOf } from '../helpers/client'
import { advanceClock, DAY, HOUR, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, logInByCode, proveContact, stranger } from '../helpers/codes'
import { device, signUpWithContacts } from '../helpers/devices'
import { logIn, PASSWORD, type Person, signUp } from '../helpers/people'
import { rowsOf } from '../helpers/storage'
import { verificationTokenFor } from '../helpers/tokens'
import { contactOf, identifiers, put, rename, undo, wayBackTokenFor } from '../helpers/way-back'
import { wrapD1 } from '../helpers/wrap-d1'

/*
 * Attacks on the way back: by somebody with a session, a mailbox or another link.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const MALLORY = 'mallory@example.com'
const OWNERS_PASSWORD = 'a new staple of the owner alone'
const THIEFS_PASSWORD = 'another horse battery staple'

const setPassword = ({ client }: Pick<Person, 'client'>, newPassword: string) =>
  client.put('/auth/password', { newPassword })
const resetBy = async (to: string, newPassword: string) =>
  stranger().put('/auth/password', {
    newPassword,
    verificationToken: await verificationTokenFor(contactOf(to), 'reset_password'),
  })
const linksTo = async (to: string) => (await allMessagesTo(to)).filter(({ text }) => text.includes('/w/'))

/** Signs Alice up at noon. A month passes. */
async function aMonthAgo(contacts: string[]): Promise<void> {
  await signUpWithContacts('alice', contacts)
  setClock(NOON + 30 * DAY)
}

beforeEach(() => {
  setClock(NOON)
})

describe('a thief of one mailbox', () => {
  it('cannot make the password no proof by resetting it, and so remove a phone number at once', async () => {
    await aMonthAgo([EMAIL])
    // The owner adds a phone number. Its notice goes to the mailbox, and needs the password.
    const alice = await logIn('alice', device())
    expect((await put(alice, 'phone', PHONE)).status).toBe(200)
    const link = await wayBackTokenFor(EMAIL)
    setClock(NOON + 35 * DAY)
    expect((await undo(link)).status).toBe(403)

    // The thief has nothing but the mailbox.
    const thief = await logInByCode(EMAIL)
    expect((await thief.client.delete('/users/me/phone')).status).toBe(202)
    expect((await resetBy(EMAIL, THIEFS_PASSWORD)).status).toBe(204)
    const taken = await undo(link)
    expect({ status: taken.status, now: await identifiers() }).toEqual({
      status: 403,
      now: [['alice', EMAIL, PHONE]],
    })
  })

  it('cannot keep the owner from the way back by resetting the password first', async () => {
    await aMonthAgo([EMAIL, PHONE])
    expect((await resetBy(EMAIL, THIEFS_PASSWORD)).status).toBe(204)
    const linkOfReset = await wayBackTokenFor(PHONE)
    // 72 hours later the thief's password lets them remove the phone number.
    setClock(NOON + 33 * DAY)
    const thief = await logIn('alice', device(), THIEFS_PASSWORD)
    expect((await thief.client.delete('/users/me/phone')).status).toBe(204)
    const linkOfRemoval = await wayBackTokenFor(PHONE)
    // The owner has the number, both links, and the password that the account had for a month.
    const answers = [
      await undo(linkOfRemoval, { password: PASSWORD }),
      await undo(linkOfReset, { password: PASSWORD }),
    ].map(({ status, body }) => [status, body?.errors?.map(({ code }) => code)])
    expect(answers).toContainEqual([204, undefined])
  })

  it('cannot undo, with the link alone, that the owner left it and set a new password on the same day', async () => {
    await aMonthAgo([EMAIL])
    const alice = await logIn('alice', device())
    expect((await put(alice, 'email', 'alice@safe.example.com')).status).toBe(200)
    const link = await wayBackTokenFor(EMAIL)
    expect((await setPassword(alice, OWNERS_PASSWORD)).status).toBe(204)
    const taken = await undo(link)
    expect({ status: taken.status, now: await identifiers() }).toEqual({
      status: 403,
      now: [['alice', 'alice@safe.example.com', null]],
    })
  })
})

describe('a link that goes to a contact of the thief', () => {
  it('does not take back that the owner repaired a replaced e-mail address by hand', async () => {
    await aMonthAgo([EMAIL])
    const thief = await logIn('alice', device())
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    advanceClock(HOUR)
    // The owner logs in with the password, puts the address back, and sets a new password.
    const alice = await logIn('alice', device())
    expect((await put(alice, 'email', EMAIL)).status).toBe(200)
    const mallorys = await linksTo(MALLORY)
    expect((await setPassword(alice, OWNERS_PASSWORD)).status).toBe(204)
    expect(await identifiers()).toEqual([['alice', EMAIL, null]])
    // The owner's link is good for a few minutes less than the thief's.
    setClock(NOON + 37 * DAY + MINUTE)
    const token = /\/w\/([\w-]{16})$/m.exec(mallorys[0]?.text.trim() ?? '')?.[1]
    if (token !== undefined) await undo(token)
    expect(await identifiers()).toEqual([['alice', EMAIL, null]])
    expect((await rowsOf('users'))[0]?.['password_hash']).not.toBeNull()
  })

  it('does not give the thief an account without contacts after its owner has repaired it', async () => {
    await signUp('alice', new Client())
    setClock(NOON + 30 * DAY)
    const thief = await logIn('alice', device())
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    advanceClock(HOUR)
    const alice = await logIn('alice', device())
    expect((await setPassword(alice, OWNERS_PASSWORD)).status).toBe(204)
    const mallorys = await linksTo(MALLORY)
    expect((await alice.client.delete('/users/me/email')).status).toBe(204)
    const token = /\/w\/([\w-]{16})$/m.exec(mallorys[0]?.text.trim() ?? '')?.[1]
    if (token !== undefined) await undo(token)
    expect(await identifiers()).toEqual([['alice', null, null]])
    expect((await rowsOf('users'))[0]?.['password_hash']).not.toBeNull()
  })
})

describe('a thief who still knows the password', () => {
  it('cannot change the contact again after it came back without its owner getting another link', async () => {
    await aMonthAgo([EMAIL])
    for (const replacement of [MALLORY, 'mallory2@example.com']) {
      const thief = await logIn('alice', device())
      expect((await put(thief, 'email', replacement)).status).toBe(200)
      expect((await undo(await wayBackTokenFor(EMAIL), { password: PASSWORD })).status).toBe(204)
      expect(await identifiers()).toEqual([['alice', EMAIL, null]])
      advanceClock(HOUR)
    }
  })

  it('gets no link for a contact of theirs that came back', async () => {
    await aMonthAgo([EMAIL, PHONE])
    const thief = await logIn('alice', device())
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    advanceClock(MINUTE)
    expect((await put(thief, 'email', 'mallory2@example.com')).status).toBe(200)
    // The number's link of the second change brings the first one back.
    expect((await undo(await wayBackTokenFor(PHONE), { password: PASSWORD })).status).toBe(204)
    expect(await identifiers()).toEqual([['alice', MALLORY, PHONE]])
    expect((await rename(await logIn('alice', device()), 'alicia')).status).toBe(200)
    expect(await linksTo(MALLORY)).toEqual([])
  })
})

describe('the order of changes', () => {
  it('does not let a thief void the owner’s link by a second change in the same millisecond', async () => {
    await aMonthAgo([EMAIL, PHONE])
    // The thief has the password, and a number that was the owner's.
    const thief = await logIn('alice', device())
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    const owners = await wayBackTokenFor(EMAIL)
    // The clock stands still, or the second request read the clock first and came to D1 last.
    expect((await rename(thief, 'mallory')).status).toBe(200)
    await allMessagesTo(PHONE)
    const [thiefs] = (await linksTo(PHONE)).filter(({ purpose }) => purpose === 'username_changed')
    const token = /\/w\/([\w-]{16})$/m.exec(thiefs?.text.trim() ?? '')?.[1] ?? ''
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    expect((await undo(owners, { password: PASSWORD })).status).toBe(204)
    expect(await identifiers()).toEqual([['alice', EMAIL, PHONE]])
  })

  it('is that of D1, where a change came late', async () => {
    await aMonthAgo([EMAIL, PHONE])
    let letGo = () => {}
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const DB = wrapD1({
      onCall: async (run, { statements }) => {
        if (statements.some(({ sql }) => /^insert into "past_identifiers"/i.test(sql))) await gate
        return run()
      },
    })
    const farAway = await logIn('alice', device({ bindings: { DB } }))
    const near = await logIn('alice', device())
    const late = rename(farAway, 'mallory')
    await new Promise((resolve) => setTimeout(resolve, 200))
    advanceClock(50)
    expect((await put(near, 'email', MALLORY)).status).toBe(200)
    letGo()
    expect((await late).status).toBe(200)
    const rows = await rowsOf('past_identifiers')
    const inOrder = rows.toSorted((a, b) => Number(a['changed_at']) - Number(b['changed_at']))
    expect(inOrder.map(({ changed }) => changed)).toEqual(['email', 'username'])
  })

  it('does not keep a thief’s password that was set after a change, on a computer whose clock is behind', async () => {
    await aMonthAgo([EMAIL])
    const thief = await logIn('alice', device())
    advanceClock(MINUTE)
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    const owners = await wayBackTokenFor(EMAIL)
    advanceClock(-100)
    expect((await setPassword(thief, THIEFS_PASSWORD)).status).toBe(204)
    advanceClock(MINUTE)
    expect((await undo(owners, { password: PASSWORD })).status).toBe(204)
    expect(await rowsOf('users')).toMatchObject([{ email: EMAIL, password_hash: null }])
  })
})

describe('the proof by password', () => {
  it('cannot be kept from the owner by somebody with a stolen session', async () => {
    await aMonthAgo([EMAIL])
    const thief = await logIn('alice', device())
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    const token = await wayBackTokenFor(EMAIL)
    // Once in 15 minutes is enough to go on for ever.
    for (let n = 0; n < 8; n++) {
      await thief.client.put('/auth/password', { newPassword: THIEFS_PASSWORD, currentPassword: 'a wrong password' })
    }
    expect(await undo(token, { password: PASSWORD })).toMatchObject({ status: 204 })
  })

  it('cannot be kept from the owner by the holder of another link', async () => {
    await aMonthAgo([EMAIL, PHONE])
    const thief = await logIn('alice', device())
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    const [owners, thiefs] = [await wayBackTokenFor(EMAIL), await wayBackTokenFor(PHONE)]
    for (let n = 0; n < 8; n++) await undo(thiefs, { password: 'a wrong password' })
    expect(await undo(owners, { password: PASSWORD })).toMatchObject({ status: 204 })
  })

  it('does not let the new owner of an old mailbox keep a signed-in owner from proving the password', async () => {
    await aMonthAgo([EMAIL])
    const alice = await logIn('alice', device())
    expect((await put(alice, 'email', 'alice@new.example.com')).status).toBe(200)
    const token = await wayBackTokenFor(EMAIL)
    for (let n = 0; n < 6; n++) await undo(token, { password: 'a wrong password' })
    const body = { newPassword: OWNERS_PASSWORD, currentPassword: PASSWORD }
    expect(await alice.client.put('/auth/password', body)).toMatchObject({ status: 204 })
  })

  it('is that of the time of the change, whatever the thief sets meanwhile', async () => {
    await aMonthAgo([EMAIL])
    const thief = await logIn('alice', device())
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    const token = await wayBackTokenFor(EMAIL)
    let isRaced = false
    const DB = wrapD1({
      onCall: async (run, { statements }) => {
        if (!isRaced && statements.some(({ sql }) => /^update "past_identifiers"/i.test(sql))) {
          isRaced = true
          expect((await setPassword(thief, THIEFS_PASSWORD)).status).toBe(204)
        }
        return run()
      },
    })
    const answer = await undo(token, { password: PASSWORD }, clientOf({ DB }))
    expect([isRaced, answer.status]).toEqual([true, 204])
    expect((await rowsOf('users'))[0]?.['password_hash']).toBeNull()
  })
})

describe('notices with a link', () => {
  it('are only a few a day, also for somebody who takes each change back', async () => {
    await aMonthAgo([EMAIL, PHONE])
    for (let n = 0; n < 10; n++) {
      const owner = await logIn('alice', device())
      if ((await rename(owner, `alicia-${n}`)).status !== 200) break
      await undo(await wayBackTokenFor(EMAIL), { password: PASSWORD })
      advanceClock(1)
    }
    expect((await linksTo(PHONE)).length).toBe(9)
  })

  it('go out to Alice, whatever one other user does', async () => {
    const bindings = { EMAIL_DAILY_BUDGET: '20' }
    await aMonthAgo([EMAIL])
    setClock(NOON)
    await signUpWithContacts('mallory', [MALLORY])
    setClock(NOON + 30 * DAY)
    for (let n = 0; n < 21; n++) {
      const thief = await logIn('mallory', device({ bindings }))
      if ((await rename(thief, `mallory-${n}`)).status !== 200) break
      const undone = await undo(await wayBackTokenFor(MALLORY), { password: PASSWORD }, stranger(bindings))
      if (undone.status !== 204) break
      advanceClock(1)
    }
    const alice = await logIn('alice', device({ bindings }))
    expect((await rename(alice, 'alicia')).status).toBe(200)
    expect(await linksTo(EMAIL)).toHaveLength(1)
  })

  it('go out for a change that was made, although its answer was lost or the thief hung up', async () => {
    await aMonthAgo([EMAIL])
    const DB = wrapD1({
      onCall: async (run, { statements }) => {
        const result = await run()
        const isChange = statements.some(({ sql }) => /^insert into "past_identifiers"/i.test(sql))
        if (isChange) throw new Error('D1_ERROR: Network connection lost.')
        return result
      },
    })
    const thief = await logIn('alice', device({ bindings: { DB } }))
    expect((await put(thief, 'email', MALLORY)).status).toBe(503)
    expect(await identifiers()).toEqual([['alice', MALLORY, null]])
    advanceClock(1000)
    expect(await linksTo(EMAIL)).toHaveLength(1)
  })
})

describe('the limit of changes', () => {
  it('cannot be used up by somebody who renames the account, so that its owner cannot set a new password', async () => {
    await signUp('alice', new Client())
    const owner = await logIn('alice', device())
    const thief = await logIn('alice', device())
    for (const n of [1, 2, 3]) expect((await rename(thief, `mallory-${n}`)).status).toBe(200)
    const body = { newPassword: OWNERS_PASSWORD, currentPassword: PASSWORD }
    expect(await owner.client.put('/auth/password', body)).toMatchObject({ status: 204 })
  })

  it('cannot be used up by resets of the thief of a mailbox, so that its owner cannot ask to remove it', async () => {
    await aMonthAgo([EMAIL, PHONE])
    for (const n of [1, 2, 3]) expect((await resetBy(EMAIL, `${THIEFS_PASSWORD} ${n}`)).status).toBe(204)
    const owner = await logInByCode(PHONE)
    expect(await owner.client.delete('/users/me/email')).toMatchObject({ status: 202 })
  })
})

describe('what holds', () => {
  it('a code to a contact of the thief is no proof', async () => {
    await aMonthAgo([EMAIL, PHONE])
    const thief = await logIn('alice', device())
    expect((await put(thief, 'phone', '+821087654321')).status).toBe(200)
    const link = await wayBackTokenFor(EMAIL)
    const verificationToken = await proveContact('+821087654321')
    expect((await undo(link, { verificationToken })).status).toBe(403)
  })

  it('links of one kind do nothing at the other, and looking does nothing', async () => {
    await aMonthAgo([EMAIL, PHONE])
    const thief = await logInByCode(PHONE)
    expect((await thief.client.delete('/users/me/email')).status).toBe(202)
    const text = (await allMessagesTo(EMAIL)).map((message) => message.text).join(' ')
    const stop = /\/s\/([\w-]{16})/.exec(text)?.[1] ?? ''
    expect((await rename(thief, 'alicia')).status).toBe(200)
    const link = await wayBackTokenFor(EMAIL)
    expect((await undo(stop)).body.code).toBe('invalid_link')
    expect((await stranger().post('/users/removal-requests/stop', { token: link })).body.code).toBe('invalid_link')
    const before = await rowsOf('past_identifiers')
    for (const path of [`/w/${link}`, `/console/way-back/${link}`, `/console/way-back/${link}/code`]) {
      for (const method of ['GET', 'HEAD']) {
        const page = await stranger().request(method, `http://localhost:8787${path}`)
        expect(page.status).toBeLessThan(400)
        if (path.startsWith('/console')) expect(page.headers.get('Cache-Control')).toBe('no-store')
        expect(page.headers.get('Referrer-Policy')).toMatch(/^(no-referrer|same-origin)$/)
      }
    }
    expect(await rowsOf('past_identifiers')).toEqual(before)
  })

  it('a storm of changes, ways back, resets and sign-ups makes no 500', async () => {
    for (let round = 0; round < 6; round++) {
      setClock(NOON + round * 100 * DAY)
      const [email, phone, name] = [`a${round}@example.com`, `+82101234567${round}`, `alice${round}`]
      await signUpWithContacts(name, [email, phone])
      advanceClock(30 * DAY)
      const thief = await logIn(name, device())
      expect((await put(thief, 'email', `m${round}@example.com`)).status).toBe(200)
      const link = await wayBackTokenFor(email)
      if (round % 2) advanceClock(7 * DAY - 1)
      const fresh = round % 2 ? await logIn(name, device()) : thief
      const again = await logIn(name, device())
      const signUpAs = async (to: string) =>
        stranger().post('/auth/sign-up', { verificationTokens: [await verificationTokenFor(contactOf(to))] })
      const token = await verificationTokenFor(contactOf(phone))
      const answers = await Promise.all([
        undo(link, { password: PASSWORD }),
        rename(fresh, `x${round}-name`),
        put(again, 'phone', `+82108765432${round}`),
        signUpAs(email),
        stranger().post('/auth/sign-up', { username: name, password: PASSWORD }),
        undo(link, { verificationToken: token }),
        resetBy(phone, THIEFS_PASSWORD),
        again.client.delete('/users/me/email'),
        signUpAs(`m${round}@example.com`),
        fresh.client.delete('/users/me'),
      ])
      expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
      for (const user of await rowsOf('users')) {
        const { username, email: mail, phone: number, password_hash } = user
        expect(mail !== null || number !== null || (username !== null && password_hash !== null)).toBe(true)
      }
    }
  })
})
