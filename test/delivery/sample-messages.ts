import type { Message } from '../../src/delivery/message'
import { noticeMessage } from '../../src/notices/texts'

/** A notice by e-mail. */
export const sampleNotice = (host = 'latchkey.app'): Message =>
  noticeMessage({
    purpose: 'contact_changed',
    device: null,
    country: null,
    channel: 'email',
    to: 'alice@example.com',
    changed: 'email',
    provider: '',
    locale: 'en',
    host,
  })
