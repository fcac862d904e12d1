import type { OutboxMessage } from '../../src/delivery/outbox'
import { allMessagesTo } from '../helpers/codes'

/** The notices that a contact got, the oldest first, once all background tasks have ended. */
export const noticesTo = async (to: string): Promise<OutboxMessage[]> =>
  (await allMessagesTo(to)).filter(({ code }) => code === null).reverse()
