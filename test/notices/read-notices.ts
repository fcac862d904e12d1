import type { OutboxMessage } from '../../src/delivery/outbox'
import { allMessagesTo } from '../helpers/codes'

/** The notices that a contact got, the oldest first, once everything that goes on after an answer has ended. */
export const noticesTo = async (to: string): Promise<OutboxMessage[]> =>
  (await allMessagesTo(to)).filter(({ code }) => code === null).reverse()
