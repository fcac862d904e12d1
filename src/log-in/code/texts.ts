import { v7 as uuidv7 } from 'uuid'
import type { Channel, CodePurpose, Locale, Message } from '../../delivery/message'

/*
 * Every word that Latchkey sends with a code; notices.ts has the others. A text message fits one SMS segment where the host has up to 32 characters: 160 septets of
 * GSM-7 in English, 70 UTF-16 units of UCS-2 in Korean (3GPP TS 23.038). No text has a link: whoever is used to links in such
 * messages follows those of others, too.
 */

export const UCS2_SEGMENT = 70

interface Wording {
  /** What the code is for, as it stands in the other texts. */
  purpose: (purpose: CodePurpose, channel: Channel) => string
  contact: Record<Channel, string>
  codeSms: (purpose: string, code: string, webOtp: string) => string
  codeSubject: (purpose: string) => string
  codeEmail: (purpose: string, code: string, host: string) => string[]
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

/** The paragraphs of an e-mail as text and as HTML, with the code set large. */
export function email(locale: Locale, paragraphs: string[], code?: string): { text: string; html: string } {
  const html = paragraphs.map((paragraph) =>
    paragraph === code ? `<p style="font-size: 2em"><strong>${code}</strong></p>` : `<p>${escapeHtml(paragraph)}</p>`,
  )
  return {
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html><html lang="${locale}"><meta charset="utf-8"><body>${html.join('')}</body></html>`,
  }
}

const escapeHtml = (value: string): string => value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
