import { v7 as uuidv7 } from 'uuid'
import { emailBody } from '../delivery/email-body'
import type { Channel, Message, NoticePurpose } from '../delivery/message'
import type { Locale } from '../locale'
import { en } from './texts.en'
import { ko } from './texts.ko'
import type { NoticeDetails, NoticeTexts } from './wording'

/*
 * What owners are told about their account (ASVS 6.3.7). A notice has a link only where the owner can undo what happened, and
 * needs no sign-in for it: people who are used to links in such messages also follow the links of fraudsters. A text message fits
 * into one SMS segment; with a link, if the host has up to 32 characters.
 */

const texts: Record<Locale, NoticeTexts> = { en, ko }

/** The message that tells an owner what happened to the account. */
export function noticeMessage(
  input: { channel: Channel; to: string; purpose: NoticePurpose; locale: Locale; host: string } & NoticeDetails,
): Message {
  const { channel, to, purpose, locale, host, ...details } = input
  const own = texts[locale]
  const { subject, happened, inShort = happened, remedy } = own.notice[purpose](details)
  const envelope = { id: uuidv7(), channel, to, purpose, locale, code: null }
  const { link = null } = details
  if (channel === 'sms') {
    // Without `https://` there is room for words. Telephones make a link of it all the same.
    const text =
      link === null ? own.sms(inShort, remedy) : own.smsWithLink(inShort, link.replace('https://', ''), purpose)
    return { ...envelope, subject: '', text, html: null }
  }
  const paragraphs = [...own.email(happened, remedy, host), ...(link === null ? [] : [link])]
  return { ...envelope, subject: `Latchkey: ${subject}`, ...emailBody(locale, paragraphs) }
}
