import type { Channel, CodePurpose } from '../../delivery/message'

/** How long an SMS segment is in UCS-2, which Korean needs (3GPP TS 23.038). */
export const UCS2_SEGMENT = 70

/** Every word that Latchkey sends with a code. */
export interface CodeTexts {
  /** What the code is for, as the other texts say it. */
  purpose: (purpose: CodePurpose, channel: Channel) => string
  contact: Record<Channel, string>
  /** `webOtp` is the last line of the message. Browsers read it, and people do not need it. */
  codeSms: (purpose: string, code: string, webOtp: string) => string
  codeSubject: (purpose: string) => string
  codeEmail: (purpose: string, code: string, host: string) => string[]
}
