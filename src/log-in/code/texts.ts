import { v7 as uuidv7 } from 'uuid'
import { emailBody } from '../../delivery/email-body'
import type { Channel, CodePurpose, Message } from '../../delivery/message'
import type { Locale } from '../../locale'
import { en } from './texts.en'
import { ko } from './texts.ko'
import type { CodeTexts } from './wording'

/*
 * The messages that bring a code. No text has a link, because people who are used to links in such messages also follow the
 * links of fraudsters. With a host of up to 32 characters a text message fits one SMS segment: 160 septets of GSM-7 in English,
 * 70 UTF-16 units of UCS-2 in Korean (3GPP TS 23.038).
 */

const texts: Record<Locale, CodeTexts> = { en, ko }

/**
 * The message with a one-time code. A text message ends in the line that binds the code to the host, which browsers read
 * (https://wicg.github.io/sms-one-time-codes).
 * @param input `host` is the host name without a port
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
  const own = texts[locale]
  const words = own.purpose(purpose, channel)
  const envelope = { id: uuidv7(), channel, to, purpose, locale, code }
  if (channel === 'sms') {
    return { ...envelope, subject: '', text: own.codeSms(words, code, `@${host} #${code}`), html: null }
  }
  return {
    ...envelope,
    subject: own.codeSubject(words),
    ...emailBody(locale, own.codeEmail(words, code, host), code),
  }
}
