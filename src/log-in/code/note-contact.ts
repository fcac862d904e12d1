import type { Context } from 'hono'
import { traceOf } from '../../http/trace'
import { phoneCountry } from '../../lib/phone-country'
import type { Contact } from '../../users/contacts'

/** Says in the data point of a request where its code goes, or where it came from. The contact itself is not in it. */
export function noteContact(c: Context, { channel, to }: Contact): void {
  const trace = traceOf(c.req.raw)
  trace.channel = channel
  trace.contactCountry = channel === 'sms' ? phoneCountry(to) : null
}
