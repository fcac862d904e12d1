import { describe, expect, it } from 'vitest'
import type { User } from '../../src/users/schemas'
import { Browser, signInByCode } from '../console/browser'
import { Client } from '../helpers/client'
import { askForCode, codeRequest, logInByCode, proveContact, rightGuess, stranger } from '../helpers/codes'
import { type FoundAccount, OPERATOR, operator } from '../helpers/operator'
import { logIn, PASSWORD, signUp } from '../helpers/people'

/* Contacts, codes and user names as people paste them, and as their keyboards write them: every field that takes one. */

const EMAIL = 'alice@example.com'
const PHONE = '+82 10-1234-5678'

const fullWidth = (text: string) => text.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))
const arabicDigits = (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)))

const spellings: [how: string, spell: (text: string) => string][] = [
  ["as Apple's contacts give them", (text) => `\u202d${text}\u202c`],
  ['with no-break spaces around', (text) => `\u00a0${text}\u00a0`],
  ['with thin spaces around', (text) => `\u2009${text}\u202f`],
  ['with zero-width spaces inside', (text) => [...text].join('\u200b')],
  ['in full width', fullWidth],
  ['with Arabic digits', arabicDigits],
]

/** A contact as a link, too. */
const contactSpellings: typeof spellings = [
  ...spellings,
  ['as a link', (to) => (to.includes('@') ? `MailTo:${to}?subject=x` : `tel:${to}`)],
]

describe.each(contactSpellings)('a contact %s', (_, spell) => {
  it('gets a code', async () => {
    for (const to of [EMAIL, PHONE]) {
      const asked = await askForCode(stranger(), codeRequest(spell(to), 'verify'))
      expect((await stranger().post('/auth/otp/verify', rightGuess(asked))).status).toBe(200)
    }
  })

  it('logs in by a code and by a password, gets a reset, and is found by an operator', async () => {
    const { client, user } = await logInByCode(EMAIL)
    const verificationToken = await proveContact(PHONE)
    expect((await client.put('/users/me/phone', { verificationToken })).status).toBe(200)
    expect((await client.put('/auth/password', { newPassword: PASSWORD })).status).toBe(204)
    for (const contact of [EMAIL, PHONE]) {
      const identifier = spell(contact)
      expect((await logIn(identifier)).user.id).toBe(user.id)
      const { body } = await operator().post<{ account: FoundAccount }>(`${OPERATOR}/accounts/find`, { identifier })
      expect(body.account.id).toBe(user.id)
    }
    expect((await stranger().post('/auth/otp', codeRequest(spell(EMAIL), 'reset_password'))).status).toBe(202)
  })

  it('signs in at the console', async () => {
    expect((await signInByCode(new Browser(), spell(EMAIL))).url).toBe('/console')
  })
})

describe.each(spellings)('a user name %s', (_, spell) => {
  it('is the same name everywhere', async () => {
    const { client, user } = await signUp(spell('alice1'))
    expect(user.username).toBe('alice1')
    expect((await logIn(spell('alice1'))).user.id).toBe(user.id)
    const free = await new Client().post('/users/availability', { username: spell('alice1') })
    expect(free.body).toMatchObject({ available: false })
    const found = await operator().post(`${OPERATOR}/accounts/find`, { identifier: spell('alice1') })
    expect(found.body).toMatchObject({ account: { id: user.id } })
    const renamed = await client.patch<User>('/users/me', { username: spell('alice2') })
    expect(renamed.body.username).toBe('alice2')
    const browser = new Browser()
    const { url } = await browser.submit('/console/sign-in/password', {
      identifier: spell('alice2'),
      password: PASSWORD,
    })
    expect(url).toBe('/console')
  })
})

describe.each(spellings)('a code %s', (_, spell) => {
  it('is right', async () => {
    for (const [path, purpose, status] of [
      ['/auth/otp/verify', 'verify', 200],
      ['/auth/otp/log-in', 'log_in', 201],
    ] as const) {
      const { challengeId, code } = await askForCode(stranger(), codeRequest(EMAIL, purpose))
      const typed = `${spell(code.slice(0, 3))}\u2013${spell(code.slice(3))}`
      expect((await stranger().post(path, { challengeId, code: typed })).status).toBe(status)
    }
  })
})
