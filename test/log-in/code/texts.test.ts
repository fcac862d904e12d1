import { describe, expect, it } from 'vitest'
import { CHANNELS, CODE_PURPOSES, type Message } from '../../../src/delivery/message'
import { MINUTE_MS } from '../../../src/lib/time'
import { LOCALES, type Locale } from '../../../src/locale'
import { CODE_LIFE_MS } from '../../../src/log-in/code/guess-limits'
import { codeMessage } from '../../../src/log-in/code/texts'
import { hosts, LONG_HOST, segment } from '../../delivery/sms-segments'

const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const CODE = '012345'
const recipients = { sms: '+821012345678', email: 'alice@example.com' }
const combinations = CHANNELS.flatMap((channel) => LOCALES.map((locale) => ({ channel, locale })))

const codeMessages = (host: string) =>
  combinations.flatMap(({ channel, locale }) =>
    CODE_PURPOSES.map((purpose) =>
      codeMessage({ channel, locale, purpose, to: recipients[channel], code: CODE, host }),
    ),
  )
const texts = (messages: Message[], channel: 'sms' | 'email', locale: Locale) =>
  messages.filter((message) => message.channel === channel && message.locale === locale).map(({ text }) => text)

describe('a code by SMS', () => {
  it('says what the code is for, that it lives five minutes and is secret, and ends with the WebOTP line', () => {
    expect(CODE_LIFE_MS).toBe(5 * MINUTE_MS)
    expect(texts(codeMessages('latchkey.app'), 'sms', 'en')).toEqual([
      'Latchkey: 012345 is your code to log in. It expires in 5 minutes. Do not share it with anyone.\n\n@latchkey.app #012345',
      'Latchkey: 012345 is your code to confirm your phone number. It expires in 5 minutes. Do not share it with anyone.\n\n@latchkey.app #012345',
      'Latchkey: 012345 is your code to reset your password. It expires in 5 minutes. Do not share it with anyone.\n\n@latchkey.app #012345',
    ])
    expect(texts(codeMessages('latchkey.app'), 'sms', 'ko')).toEqual([
      '[Latchkey] 로그인 인증번호 012345\n5분간 유효, 공유 금지\n\n@latchkey.app #012345',
      '[Latchkey] 전화번호 확인 인증번호 012345\n5분간 유효, 공유 금지\n\n@latchkey.app #012345',
      '[Latchkey] 비밀번호 재설정 인증번호 012345\n5분간 유효, 공유 금지\n\n@latchkey.app #012345',
    ])
  })

  it('is shorter in Korean when the host is long', () => {
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

  it.each(LOCALES)('fits one segment, for every purpose and host of up to 32 characters: %s', (locale) => {
    const { size, room } = segment[locale]
    expect(LONG_HOST).toHaveLength(32)
    const sizes = hosts.flatMap((host) => texts(codeMessages(host), 'sms', locale)).map(size)
    expect(sizes).toHaveLength(32 * 3)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(room)
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

  it('says what the code is for, that it lives five minutes and is secret', () => {
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
      subject: 'Latchkey: 이메일 주소 확인 인증번호',
      text: '이메일 주소 확인 인증번호입니다.\n\n012345\n\n5분간 유효합니다. latchkey.app 에서만 입력하고 다른 사람에게 알려 주지 마세요. Latchkey는 인증번호를 묻지 않습니다.\n\n인증번호를 요청하지 않았다면 이 메일을 무시하세요.\n',
    })
  })

  it('has a different subject for every purpose and language, without the code', () => {
    const subjects = codeMessages('latchkey.app').flatMap(({ channel, subject }) =>
      channel === 'email' ? [subject] : [],
    )
    expect(new Set(subjects).size).toBe(6)
    expect(subjects.filter((subject) => subject.includes(CODE) || /[\r\n]/.test(subject))).toEqual([])
  })

  it('escapes the host in HTML', () => {
    const message = codeMessage({
      channel: 'email',
      locale: 'en',
      purpose: 'log_in',
      to: recipients.email,
      code: CODE,
      host: 'a<b>&"c',
    })
    expect(message.html).toContain('a&#60;b&#62;&#38;&#34;c')
    expect(message.html).not.toContain('<b>')
  })
})

describe('every message with a code', () => {
  const all = codeMessages('latchkey.app')

  it('names Latchkey and has no link', () => {
    expect(all).toHaveLength(12)
    for (const { subject, text, html } of all) {
      const whole = [subject, text, html].join('\n')
      expect(whole).toContain('Latchkey')
      expect(whole).not.toMatch(/:\/\/|https?:|www\.|<a\b|href/i)
    }
  })

  it('has a unique id, and ids are in the order of the messages', () => {
    const ids = Array.from({ length: 10 }, () => codeMessages('latchkey.app')).flatMap((messages) =>
      messages.map(({ id }) => id),
    )
    expect(new Set(ids).size).toBe(120)
    expect(ids.toSorted()).toEqual(ids)
  })
})
