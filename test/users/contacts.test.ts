import { env } from 'cloudflare:workers'
import { getCountries, getCountryCallingCode } from 'libphonenumber-js/mobile'
import examples from 'libphonenumber-js/mobile/examples'
import { describe, expect, it } from 'vitest'
import { readText } from '../../src/lib/text'
import * as contacts from '../../src/users/contacts'

/** Splits a list of cases that contain no spaces. */
const words = (text: string): string[] => text.trim().split(/\s+/)
/** Splits a list of cases that contain spaces. */
const phrases = (text: string): string[] => text.split(' | ')

/** What a field that takes contacts makes of a text, and then `canonical` of that. */
function ofField<Result>(typed: string, canonical: (text: string) => Result): Result | null {
  const read = readText(typed, { max: 320, isPasted: true })
  return 'text' in read ? canonical(read.text) : null
}

type CountryCode = contacts.CountryCode
const canonicalEmail = (typed: string) => ofField(typed, contacts.canonicalEmail)
const canonicalPhone = (typed: string, country: CountryCode) =>
  ofField(typed, (text) => contacts.canonicalPhone(text, country))
const toPhone = (typed: string, country: CountryCode = 'KR') => canonicalPhone(typed, country)?.to ?? null

/** Phone numbers: the canonical form, its country, the default country, and what people may type there. */
const phones: [to: string, country: CountryCode | undefined, home: CountryCode, spellings: string][] = [
  ['+821012345678', 'KR', 'KR', '010-1234-5678 | 01012345678 | 1012345678 | 010 1234 5678 | 010.1234.5678'],
  ['+821012345678', 'KR', 'KR', '(010) 1234-5678 | +82 10-1234-5678 | +82 (0)10 1234 5678 | 82 10 1234 5678'],
  ['+821012345678', 'KR', 'KR', '０１０－１２３４－５６７８ | ＋８２（０）１０１２３４５６７８ | ０10．1234．567８'],
  [
    '+821012345678',
    'KR',
    'KR',
    '010\u00a01234\u202f5678 | \ufeff010\u30001234\u30005678 | \t01012345678\r\n | 010\u200b12345678 | \u202d01012345678\u202c',
  ],
  ['+821012345678', 'KR', 'KR', '010\u20131234\u20145678 | 010\u22121234\u20115678 | 00182 10 1234 5678'],
  [
    '+821012345678',
    'KR',
    'KR',
    'tel:+82-10-1234-5678 | TEL:010-1234-5678 | \u202d+82 10\u20091234\u200a5678\u202c | ٠١٠١٢٣٤٥٦٧٨ | +۸۲۱۰۱۲۳۴۵۶۷۸',
  ],
  ['+819012345678', 'JP', 'JP', '０９０ー１２３４ー５６７８ | 090－1234－5678'],
  ['+821012345678', 'KR', 'US', '011 82 10 1234 5678 | +82 10-1234-5678'],
  ['+82112345678', 'KR', 'KR', '011-234-5678 | 0112345678'],
  ['+12025550123', 'US', 'US', '+1 202 555 0123 | (202) 555-0123 | 1-202-555-0123 | 202.555.0123'],
  ['+14165550123', 'CA', 'US', '+1 416 555 0123 | 416 555 0123'],
  ['+18765550123', 'JM', 'US', '+1 876-555-0123 | (876) 555-0123'],
  ['+447400123456', 'GB', 'GB', '+44 (0)7400 123456 | 07400 123456 | 0044 7400 123456'],
  ['+447781123456', 'GG', 'GB', '+44 7781 123456 | 07781 123456'],
  ['+77011234567', 'KZ', 'RU', '+7 701 123 4567 | 8 (701) 123-45-67'],
  ['+79161234567', 'RU', 'RU', '+7 916 123 4567 | 8 (916) 123-45-67'],
  ['+393123456789', 'IT', 'IT', '+39 312 345 6789 | 312 345 6789'],
  ['+5491123456789', 'AR', 'AR', '+54 9 11 2345 6789 | 011 15-2345-6789'],
  ['+870773111632', undefined, 'KR', '+870 773 111 632'],
  ['+436802440599182', 'AT', 'KR', '+43 680 2440599182'],
  ['+6836952', 'NU', 'KR', '+683 6952'],
]

const notPhones = [
  ...['', ' ', '010\t1234\t5678', '010\n12345678', '+82101234\x005678'],
  ...words(`+ - () 1 12 110 +0 0000000000 010-1234-56 010-1234-56789 +8210123456 +8210123456789 +19995550123 +447700900123
    010-1234-5678;ext=5 010-1234-5678x5 010-1234-5678#5 010-1234-5678,5 +821012345678;isub=1 1-800-FLOWERS
    alice ++821012345678 +82+1012345678 82+1012345678 -01012345678 01012345678- *01012345678 010/1234/5678 010~1234~5678
    [010]12345678 010_1234_5678 0x1012345678 1e10 010\ud80012345678 +683695 +4368024405991821
    ०१०१२३४५६७८ 𝟎𝟏𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖 ①②③④⑤⑥⑦⑧⑨⑩ +８２ｘ１０１２３４５６７８`),
  ...phrases('call +821012345678 | +821012345678 (home) | 010-1234-5678 ext. 5 | 010-1234-5678 x5 | +82 10 CALL NOW'),
  ...phrases('(+82) 1012345678 | +082 10 1234 5678 | +999 10 1234 5678 | 010-1234-5678 010-1234-5679'),
  // Landline, internet telephone, pager, premium rate, freephone.
  ...words('02-312-3456 +33123456789 070-1234-5678 +82151234567 060-700-1234 +19005550123 +18005550199 +80012345678'),
]

describe('a phone number', () => {
  it('has one canonical form, a country and a prefix', () => {
    for (const [to, country, home, spellings] of phones) {
      for (const typed of [to, ...phrases(spellings)]) {
        expect(canonicalPhone(typed, home), typed).toEqual({ to, country, prefix: to.slice(0, -4) })
      }
      for (const anywhere of getCountries()) expect(canonicalPhone(to, anywhere), to).toMatchObject({ to, country })
    }
  })

  it('is refused when it is no number, gets no text messages, or comes with other text', () => {
    for (const typed of notPhones) expect(canonicalPhone(typed, 'KR'), JSON.stringify(typed)).toBeNull()
  })

  it('is understood in every country, in its national and its international form', () => {
    for (const country of getCountries().filter((code) => code !== 'TA')) {
      const to = `+${getCountryCallingCode(country)}${examples[country]}`
      expect(toPhone(to), country).toBe(to)
      expect(toPhone(examples[country], country), country).toBe(to)
    }
  })

  it('may have at most 40 characters as typed', () => {
    expect(toPhone(`010${' '.repeat(29)}12345678`)).toBe('+821012345678')
    expect(toPhone(`010${' '.repeat(30)}12345678`)).toBeNull()
    expect(toPhone('01012345678'.padEnd(320))).toBe('+821012345678')
    expect(toPhone('1'.repeat(1_000_000))).toBeNull()
  })
})

const label = (length: number) => 'd'.repeat(length)
const LOCAL_64 = 'l'.repeat(64)
const EMAIL_254 = `${LOCAL_64}@${label(63)}.${label(63)}.${label(57)}.com`

const emails: [to: string, ...spellings: string[]][] = [
  ['alice@example.com', ...words('Alice@Example.COM alice@ｅｘａｍｐｌｅ.com alice@example。com')],
  [
    'alice@example.com',
    ...words('mailto:alice@example.com MAILTO:Alice@example.com?subject=x ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ'),
  ],
  ['alice@example.com', 'alice@exam\u00adple.com', 'alice@exam\u200bple.com', 'al\u200bice@example.com\u2800\u3164'],
  ['alice@example.com', '  alice@example.com ', '\talice@EXAMPLE.com\r\n', '\u00a0ALICE@example.com\ufeff'],
  ['k@k.com', '\u212a@\u212a.com'],
  ['alice+todo@example.com', 'Alice+ToDo@example.com'],
  ['a.l.i.c.e@gmail.com', 'A.L.I.C.E@gmail.com'],
  ["o'brien!#$%&*+-/=^_`{|}~?@example.co.uk", "O'Brien!#$%&*+-/=^_`{|}~?@example.CO.UK"],
  ['-@1.2.a1', '-@1.2.A1'],
  ['0@0-0.com'],
  ['a@xn--bcher-kva.de', ...words('a@bücher.de a@BÜCHER.de a@bu\u0308cher.de A@XN--BCHER-KVA.de')],
  ['a@xn--3e0b707e.xn--3e0b707e', 'a@한국.한국', 'a@한국.한국'.normalize('NFD'), 'a@한국。XN--3E0B707E'],
  ['a@xn--strae-oqa.de', 'a@straße.de', 'a@STRAẞE.de'],
  ['a@strasse.de'],
  ['a@xn--ls8h.la', 'a@💩.la'],
  [EMAIL_254, ` ${EMAIL_254.toUpperCase()} `],
  [`${LOCAL_64}@${label(63)}.com`],
  ['a@b.co', `${' '.repeat(1274)}a@b.co`],
]

const notEmails = [
  ...words(`@ alice alice@ @example.com alice.example.com a@b@c.com a@b.com@c.com a@b.com@ a@@b.com a@b.com＠c.com
    a@b.com,c@d.com a@b.com;c@d.com a@b.com, mailto:a@b.com,c@d.com mailto:?to=a@b.com <a@b.com> "a"@b.com a\\@b.com a(x)@b.com a@(x)b.com
    .a@b.com a.@b.com a..b@b.com a:b@c.com a[b@c.com é@b.com e\u0301@b.com ſ@b.com 앨리스@b.com
    a@localhost a@com a@.com a@b..com a@b.com. a@b.com。 a@. a@b.c a@b.1 a@b.1com a@b.0x1 a@b.com- a@-b.com a@b-.com a@b.-com
    a@b_c.com a@_dmarc.b.com a@*.com a@b!.com a@b.com:25 a@b.com：25 a@b:c a@127.0.0.1 a@１２７.0.0.1 a@0x7f.1 a@1.2
    a@2130706433 a@[127.0.0.1] a@[::1] a@[IPv6:::1] a@b.com.127 a@exam%70le.com a@exam％70le.com a@b.com/ a@b.com／c a@b.com\\c
    a@b.com?c a@b.com？c a@b.com#c a@℀.com a@xn--.com a@xn--example-.com a@xn--ü.com a@\u200d.com a@\u00ad.com a@\ufffd.com
    =?utf-8?q?a=40evil.com?=@b.com a=@b=.com a@o'b.com a@b.com> a@b.com" a\ud800@b.com a@\ud800b.com a@b.com\udc00
    a\0@b.com a@b\0.com a\x7f@b.com a@b\x7f.com a@b\x85.com`),
  ...phrases(
    ' | Alice <a@b.com> | a@b.com (comment) | "a b"@b.com | a b@b.com | a @b.com | a@ b.com | a@b.com c@d.com',
  ),
  ...phrases(
    'a@b.com\nc@d.com | a\r\nBcc: c@d.com | a@b.com\r\nBcc: c@d.com | a@b\r\n.com | a@b\t.com | a@b\u2028.com',
  ),
  // Each is one character too long: the local part, a label, a label in Punycode, the whole, what was typed.
  ...[`${LOCAL_64}l@b.com`, `a@${label(64)}.com`, `a@b.${label(64)}`, `a@${'ü'.repeat(64)}.com`],
  EMAIL_254.replace('.com', 'd.com'),
  ...[`${' '.repeat(1275)}a@b.co`, 'a'.repeat(1_000_000), `a@${'b.'.repeat(500_000)}com`],
]

describe('an e-mail address', () => {
  it('has one canonical form, which stays as it is', () => {
    expect(EMAIL_254).toHaveLength(254)
    for (const [to, ...spellings] of emails) {
      for (const typed of [to, ...spellings]) expect(canonicalEmail(typed), JSON.stringify(typed)).toBe(to)
    }
  })

  it('is refused when it is no address, or more than one', () => {
    for (const typed of notEmails) expect(canonicalEmail(typed), JSON.stringify(typed.slice(0, 300))).toBeNull()
  })
})

describe('an extra character at any place', () => {
  const others = [0x2028, 0x200b, 0x202e, 0x2100, 0x3002, 0xd800, 0xdfff, 0xff0c, 0xff20, 0xff1c, 0xfffe]
  const characters = [...Array(0x250).keys(), ...others].map((code) => String.fromCharCode(code))
  const mutations = (value: string) =>
    [...value, ''].flatMap((_, at) => characters.map((character) => value.slice(0, at) + character + value.slice(at)))

  it('gives a canonical e-mail address or none', () => {
    const accepted = new Set(mutations('al.ice@bob.example.com').flatMap((typed) => canonicalEmail(typed) ?? []))
    expect(accepted.size).toBeGreaterThan(500)
    for (const email of accepted) {
      expect(email).toMatch(/^[^\s@,;:<>()[\]\\"A-Z\x7f-\uffff]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/)
      expect(canonicalEmail(email)).toBe(email)
    }
  })

  it('gives a canonical phone number or none', () => {
    const typed = [...mutations('+82112345678'), ...mutations('0112345678')]
    const accepted = new Set(typed.flatMap((each) => toPhone(each) ?? []))
    expect(accepted.size).toBeGreaterThan(50)
    for (const phone of accepted) {
      expect(phone).toMatch(/^\+821\d{8,9}$/)
      expect(toPhone(phone, 'US')).toBe(phone)
    }
  })
})

describe('the table of users', () => {
  const insert = (column: 'email' | 'phone', value: string | null) =>
    env.DB.prepare(`INSERT INTO users (id, ${column}, created_at, updated_at) VALUES (?, ?, 0, 0)`).bind(
      crypto.randomUUID(),
      value,
    )

  it('stores every accepted contact, and each only once', async () => {
    const accepted = { email: new Set(emails.map(([to]) => to)), phone: new Set(phones.map(([to]) => to)) }
    await env.DB.batch([...accepted.email].map((email) => insert('email', email)))
    await env.DB.batch([...accepted.phone].map((phone) => insert('phone', phone)))
    expect(await env.DB.prepare('SELECT count(email) AS email, count(phone) AS phone FROM users').first()).toEqual({
      email: accepted.email.size,
      phone: accepted.phone.size,
    })
    const taken = 'UNIQUE constraint failed: users.'
    await expect(insert('email', canonicalEmail('ALICE@example。com ')).run()).rejects.toThrow(`${taken}email`)
    await expect(insert('phone', toPhone('010-1234-5678')).run()).rejects.toThrow(`${taken}phone`)
  })
})
