import { v7 as uuidv7 } from 'uuid'
import type { Channel, CodePurpose, Locale, Message } from './message'

/*
 * Every word that Latchkey sends. A text message fits one SMS segment where the host has up to 32 characters: 160 septets of
 * GSM-7 in English, 70 UTF-16 units of UCS-2 in Korean (3GPP TS 23.038). No text has a link: whoever is used to links in such
 * messages follows those of others, too.
 */

const UCS2_SEGMENT = 70

interface Wording {
  /** What the code is for, as it stands in the other texts. */
  purpose: (purpose: CodePurpose, channel: Channel) => string
  contact: Record<Channel, string>
  codeSms: (purpose: string, code: string, webOtp: string) => string
  codeSubject: (purpose: string) => string
  codeEmail: (purpose: string, code: string, host: string) => string[]
  changedSms: (contact: string) => string
  changedSubject: (contact: string) => string
  changedEmail: (contact: string, host: string) => string[]
}

const english: Wording = {
  contact: { sms: 'phone number', email: 'e-mail address' },
  purpose: (purpose, channel) =>
    ({ log_in: 'log in', verify: `confirm your ${english.contact[channel]}`, reset_password: 'reset your password' })[
      purpose
    ],
  codeSms: (purpose, code, webOtp) =>
    `Latchkey: ${code} is your code to ${purpose}. It expires in 5 minutes. Do not share it with anyone.\n\n${webOtp}`,
  codeSubject: (purpose) => `Latchkey: your code to ${purpose}`,
  codeEmail: (purpose, code, host) => [
    `Your code to ${purpose}:`,
    code,
    `It expires in 5 minutes. Enter it only at ${host}, and do not share it with anyone: nobody at Latchkey asks for it.`,
    'If you did not ask for this code, ignore this message.',
  ],
  changedSms: (contact) =>
    `Latchkey: the ${contact} of your account was changed or removed. If it was not you, log in and change your password.`,
  changedSubject: (contact) => `Latchkey: the ${contact} of your account has changed`,
  changedEmail: (contact, host) => [
    `The ${contact} of your Latchkey account at ${host} was changed or removed.`,
    'If it was you, there is nothing to do. If it was not, log in and change your password at once: that ends all other sessions.',
  ],
}

const korean: Wording = {
  contact: { sms: '전화번호', email: '이메일 주소' },
  purpose: (purpose, channel) =>
    ({ log_in: '로그인', verify: `${korean.contact[channel]} 확인`, reset_password: '비밀번호 재설정' })[purpose],
  codeSms: (purpose, code, webOtp) => {
    const full = `[Latchkey] ${purpose} 코드 ${code}\n5분간 유효, 공유 금지\n\n${webOtp}`
    // Beside a long host there is no room to give the code twice.
    return full.length <= UCS2_SEGMENT ? full : `Latchkey ${purpose}\n5분, 공유 금지\n\n${webOtp}`
  },
  codeSubject: (purpose) => `Latchkey: ${purpose} 코드`,
  codeEmail: (purpose, code, host) => [
    `${purpose} 코드입니다.`,
    code,
    `5분간 유효합니다. ${host} 에서만 입력하고 다른 사람에게 알려 주지 마세요. Latchkey는 코드를 묻지 않습니다.`,
    '코드를 요청하지 않았다면 이 메일을 무시하세요.',
  ],
  changedSms: (contact) =>
    `[Latchkey] 계정의 ${contact}가 변경 또는 삭제되었습니다. 본인이 아니면 로그인해 비밀번호를 바꾸세요.`,
  changedSubject: (contact) => `Latchkey: 계정의 ${contact}가 변경되었습니다`,
  changedEmail: (contact, host) => [
    `${host} 의 Latchkey 계정에서 ${contact}가 변경 또는 삭제되었습니다.`,
    '본인이 했다면 아무것도 하지 않아도 됩니다. 아니라면 바로 로그인해 비밀번호를 바꾸세요. 다른 세션은 모두 종료됩니다.',
  ],
}

const wordings: Record<Locale, Wording> = { en: english, ko: korean }

/**
 * The message with a one-time code. A text message ends in the line that binds the code to the host, which browsers read
 * (https://wicg.github.io/sms-one-time-codes). `host` is the name alone, without a port.
 */
export function codeMessage(input: {
  channel: Channel
  to: string
  purpose: CodePurpose
  locale: Locale
  code: string
  host: string
}): Message {
  const { channel, to, purpose, locale, code, host } = input
  const wording = wordings[locale]
  const words = wording.purpose(purpose, channel)
  const envelope = { id: uuidv7(), channel, to, purpose, locale, code }
  if (channel === 'sms') {
    return { ...envelope, subject: '', text: wording.codeSms(words, code, `@${host} #${code}`), html: null }
  }
  return {
    ...envelope,
    subject: wording.codeSubject(words),
    ...email(locale, wording.codeEmail(words, code, host), code),
  }
}

/** Tells the contact that an account had until now that its `changed` contact was changed or removed (ASVS 6.3.7). */
export function contactChangedMessage(input: {
  channel: Channel
  to: string
  changed: Channel
  locale: Locale
  host: string
}): Message {
  const { channel, to, changed, locale, host } = input
  const wording = wordings[locale]
  const contact = wording.contact[changed]
  const envelope = { id: uuidv7(), channel, to, purpose: 'contact_changed' as const, locale, code: null }
  if (channel === 'sms') return { ...envelope, subject: '', text: wording.changedSms(contact), html: null }
  return {
    ...envelope,
    subject: wording.changedSubject(contact),
    ...email(locale, wording.changedEmail(contact, host)),
  }
}

/** The paragraphs as text and as HTML, with the code set large. */
function email(locale: Locale, paragraphs: string[], code?: string): { text: string; html: string } {
  const html = paragraphs.map((paragraph) =>
    paragraph === code ? `<p style="font-size: 2em"><strong>${code}</strong></p>` : `<p>${escapeHtml(paragraph)}</p>`,
  )
  return {
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html><html lang="${locale}"><meta charset="utf-8"><body>${html.join('')}</body></html>`,
  }
}

const escapeHtml = (value: string): string => value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
