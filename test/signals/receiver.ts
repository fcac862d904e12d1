import { inject } from 'vitest'
import * as z from 'zod'
import { settleBackground } from '../helpers/client'

declare module 'vitest' {
  interface ProvidedContext {
    /** The stand-in for the receiver of alarms: alarm-server.mjs. */
    alarmsUrl: string
  }
}

const messagesSchema = z.array(z.object({ type: z.string(), body: z.strictObject({ text: z.string() }) }))

/** A receiver of alarms that nobody else writes to: its ALARM_URL, and the texts that it got. */
export function alarmReceiver(how: 'working' | 'broken' | 'silent' = 'working') {
  const url = `${inject('alarmsUrl')}/${how}-${crypto.randomUUID()}`
  const texts = async (): Promise<string[]> => {
    await settleBackground()
    const messages = messagesSchema.parse(await (await fetch(url)).json())
    return messages.map(({ body }) => body.text)
  }
  return { ALARM_URL: url, texts }
}
