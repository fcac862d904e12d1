import { describe, expect, it } from 'vitest'
import { CODE_LIFE_MS } from '../src/auth/otp-limits'
import { CHANNELS, CODE_PURPOSES, LOCALES, type Locale, type Message } from '../src/delivery/message'
import { codeMessage, contactChangedMessage } from '../src/delivery/texts'
import { MINUTE_MS } from '../src/lib/time'

const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** 3GPP TS 23.038 6.2.1: the default alphabet, and its extension, whose characters take two septets. */
const GSM_7 =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const GSM_7_EXTENSION = '\f^{}\\[~]|€'

const septets = (text: string): number =>
  [...text].reduce((sum, character) => {
    if (GSM_7.includes(character)) return sum + 1
    return sum + (GSM_7_EXTENSION.includes(character) ? 2 : Number.NaN)
  }, 0)

const CODE = '012345'
const LONG_HOST = 'latchkey-1.my-account.workers.de'
const recipients = { sms: '+821012345678', email: 'alice@example.com' }
const combinations = CHANNELS.flatMap((channel) => LOCALES.map((locale) => ({ channel, locale })))

const codeMessages = (host: string) =>
  combinations.flatMap(({ channel, locale }) =>
    CODE_PURPOSES.map((purpose) =>
      codeMessage({ channel, locale, purpose, to: recipients[channel], code: CODE, host }),
    ),
  )
const notices = (host: string) =>
  combinations.flatMap(({ channel, locale }) =>
    CHANNELS.map((changed) => contactChangedMessage({ channel, locale, changed, to: recipients[channel], host })),
  )
const texts = (messages: Message[], channel: 'sms' | 'email', locale: Locale) =>
  messages.filter((message) => message.channel === channel && message.locale === locale).map(({ text }) => text)

describe('a code by SMS', () => {
  it('names its purpose, its five minutes and that it is for nobody else, and ends in the WebOTP line', () => {
    expect(CODE_LIFE_MS).toBe(5 * MINUTE_MS)
    expect(texts(codeMessages('latchkey.app'), 'sms', 'en')).toEqual([
      'Latchkey: 012345 is your code to log in. It expires in 5 minutes. Do not share it with anyone.\n\n@latchkey.app #012345',
      'Latchkey: 012345 is your code to confirm your phone number. It expires in 5 minutes. Do not share it with anyone.\n\n@latchkey.app #012345',
      'Latchkey: 012345 is your code to reset your password. It expires in 5 minutes. Do not share it with anyone.\n\n@latchkey.app #012345',
    ])
    expect(texts(codeMessages('latchkey.app'), 'sms', 'ko')).toEqual([
      '[Latchkey] 로그인 코드 012345\n5분간 유효, 공유 금지\n\n@latchkey.app #012345',
      '[Latchkey] 전화번호 확인 코드 012345\n5분간 유효, 공유 금지\n\n@latchkey.app #012345',
      '[Latchkey] 비밀번호 재설정 코드 012345\n5분간 유효, 공유 금지\n\n@latchkey.app #012345',
    ])
  })

  it('says it shorter in Korean beside a long host', () => {
    expect(texts(codeMessages(LONG_HOST), 'sms', 'ko')).toEqual([
      `Latchkey 로그인\n5분, 공유 금지\n\n@${LONG_HOST} #012345`,
      `Latchkey 전화번호 확인\n5분, 공유 금지\n\n@${LONG_HOST} #012345`,
      `Latchkey 비밀번호 재설정\n5분, 공유 금지\n\n@${LONG_HOST} #012345`,
    ])
  })

  it('has no subject and no HTML', () => {
    for (const message of codeMessages('latchkey.app').filter(({ channel }) => channel === 'sms')) {
      expect(message).toMatchObject({ subject: '', html: null, to: recipients.sms, code: CODE })
    }
  })
})

describe('a text message', () => {
  const hosts = Array.from({ length: LONG_HOST.length }, (_, index) => LONG_HOST.slice(0, index + 1))
  const longest = (locale: Locale) =>
    hosts.flatMap((host) => texts([...codeMessages(host), ...notices(host)], 'sms', locale))

  it('fits one segment of GSM-7 in English, for every purpose and every host of up to 32 characters', () => {
    expect(LONG_HOST).toHaveLength(32)
    const lengths = longest('en').map(septets)
    expect(lengths).toHaveLength(32 * 5)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(160)
  })

  it('fits one segment of UCS-2 in Korean, for every purpose and every host of up to 32 characters', () => {
    const lengths = longest('ko').map((text) => text.length)
    expect(lengths).toHaveLength(32 * 5)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(70)
  })
})

describe('a code by e-mail', () => {
  const [english, korean] = LOCALES.map((locale) =>
    codeMessage({
      channel: 'email',
      locale,
      purpose: 'verify',
      to: recipients.email,
      code: CODE,
      host: 'latchkey.app',
    }),
  )

  it('names its purpose, its five minutes and that it is for nobody else', () => {
    expect(english).toEqual({
      id: expect.stringMatching(UUIDV7),
      channel: 'email',
      to: 'alice@example.com',
      purpose: 'verify',
      locale: 'en',
      code: '012345',
      subject: 'Latchkey: your code to confirm your e-mail address',
      text: 'Your code to confirm your e-mail address:\n\n012345\n\nIt expires in 5 minutes. Enter it only at latchkey.app, and do not share it with anyone: nobody at Latchkey asks for it.\n\nIf you did not ask for this code, ignore this message.\n',
      html: '<!doctype html><html lang="en"><meta charset="utf-8"><body><p>Your code to confirm your e-mail address:</p><p style="font-size: 2em"><strong>012345</strong></p><p>It expires in 5 minutes. Enter it only at latchkey.app, and do not share it with anyone: nobody at Latchkey asks for it.</p><p>If you did not ask for this code, ignore this message.</p></body></html>',
    })
    expect(korean).toMatchObject({
      locale: 'ko',
      subject: 'Latchkey: 이메일 주소 확인 코드',
      text: '이메일 주소 확인 코드입니다.\n\n012345\n\n5분간 유효합니다. latchkey.app 에서만 입력하고 다른 사람에게 알려 주지 마세요. Latchkey는 코드를 묻지 않습니다.\n\n코드를 요청하지 않았다면 이 메일을 무시하세요.\n',
    })
  })

  it('has a subject of its own for every purpose and language, without the code', () => {
    const subjects = codeMessages('latchkey.app').flatMap(({ channel, subject }) =>
      channel === 'email' ? [subject] : [],
    )
    expect(new Set(subjects).size).toBe(6)
    expect(subjects.filter((subject) => subject.includes(CODE) || /[\r\n]/.test(subject))).toEqual([])
  })

  it('shows a host as text, whatever is in it', () => {
    const input = { channel: 'email', locale: 'en', to: recipients.email, host: 'a<b>&"c' } as const
    for (const message of [
      codeMessage({ ...input, purpose: 'log_in', code: CODE }),
      contactChangedMessage({ ...input, changed: 'sms' }),
    ]) {
      expect(message.html).toContain('a&#60;b&#62;&#38;&#34;c')
      expect(message.html).not.toContain('<b>')
    }
  })
})

describe('the notice that a contact was changed', () => {
  const told = (channel: 'sms' | 'email', locale: Locale, changed: 'sms' | 'email') =>
    contactChangedMessage({ channel, locale, changed, to: recipients[channel], host: 'latchkey.app' })

  it('says by SMS which one, and what to do', () => {
    expect(told('sms', 'en', 'sms')).toEqual({
      id: expect.stringMatching(UUIDV7),
      channel: 'sms',
      to: '+821012345678',
      purpose: 'contact_changed',
      locale: 'en',
      code: null,
      subject: '',
      text: 'Latchkey: the phone number of your account was changed or removed. If it was not you, log in and change your password.',
      html: null,
    })
    expect(told('sms', 'ko', 'sms').text).toBe(
      '[Latchkey] 계정의 전화번호가 변경 또는 삭제되었습니다. 본인이 아니면 로그인해 비밀번호를 바꾸세요.',
    )
  })

  it('says by e-mail which one, and what to do', () => {
    expect(told('email', 'en', 'email')).toMatchObject({
      to: 'alice@example.com',
      code: null,
      subject: 'Latchkey: the e-mail address of your account has changed',
      text: expect.stringMatching(
        /^The e-mail address of your Latchkey account at latchkey\.app was changed or removed\./,
      ),
      html: expect.stringContaining('<p>The e-mail address of your Latchkey account at latchkey.app was changed'),
    })
    expect(told('email', 'ko', 'email').text).toContain('이메일 주소가 변경 또는 삭제되었습니다.')
  })
})

describe('every message', () => {
  const all = [...codeMessages('latchkey.app'), ...notices('latchkey.app')]

  it('names Latchkey and has no link', () => {
    expect(all).toHaveLength(12 + 8)
    for (const { subject, text, html } of all) {
      const whole = [subject, text, html].join('\n')
      expect(whole).toContain('Latchkey')
      expect(whole).not.toMatch(/:\/\/|https?:|www\.|<a\b|href/i)
    }
  })

  it('has an id of its own, in the order of writing', () => {
    const ids = Array.from({ length: 100 }, () => told()).map(({ id }) => id)
    expect(new Set(ids).size).toBe(100)
    expect(ids.toSorted()).toEqual(ids)
  })

  const told = () =>
    contactChangedMessage({ channel: 'sms', locale: 'en', changed: 'sms', to: recipients.sms, host: 'latchkey.app' })
})
