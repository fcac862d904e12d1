import type { Channel, NoticePurpose } from '../delivery/message'

/** What a notice says beyond its purpose. */
export interface NoticeDetails {
  /** The device that made the request, in the words of `clientInfo`. Text that a client sends never goes into a message. */
  device: string | null
  country: string | null
  /** The channel of the contact that this is about. */
  changed: Channel
  /** The name of the provider that this is about. */
  provider: string
  /** Where the owner can undo it. */
  link?: string | null
}

export interface NoticeTexts {
  /**
   * What happened, as a sentence, and what to do if it was not the owner. `inShort` is for an SMS, which has no room for a long
   * device name.
   */
  notice: Record<
    NoticePurpose,
    (details: NoticeDetails) => { subject: string; happened: string; inShort?: string; remedy: string }
  >
  sms: (happened: string, remedy: string) => string
  smsWithLink: (happened: string, link: string, purpose: NoticePurpose) => string
  email: (happened: string, remedy: string, host: string) => string[]
}

/** The device and the country, as far as they are known. */
export const deviceAndCountry = (
  unknown: string,
  { device, country }: Pick<NoticeDetails, 'device' | 'country'>,
): string => [device ?? unknown, country].filter((word) => word !== null).join(', ')
