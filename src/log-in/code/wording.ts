import type { Channel, CodePurpose } from '../../delivery/message'

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
