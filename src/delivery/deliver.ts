import { DeadlineError, within } from '../lib/deadline'
import { SECOND_MS } from '../lib/time'
import { DeliveryError, type DeliveryErrorCode, type Message, type Send } from './message'

/** The waits between tries. Tries and waits take at most 17.5 s together; `waitUntil` allows 30 s after the answer. */
const BACK_OFF_MS = [500, 2000]

const TRY_LIMIT_MS = 5 * SECOND_MS

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Sends a message in at most 3 tries of at most 5 s each. It tries again only after an error that may pass. One line in the log
 * says how it ended, without the code, the text and the recipient. It never throws, because it runs after the answer, where
 * nobody would catch the error.
 */
export async function deliver(
  send: Send,
  message: Message,
  { wait = sleep, onEnd = () => {} }: DeliverOptions = {},
): Promise<'sent' | 'failed'> {
  const { channel, purpose } = message
  for (let tries = 1; ; tries++) {
    const failure = await tryOnce(send, message)
    const about = { channel, purpose, outcome: failure?.code ?? 'sent', tries }
    if (!failure) {
      onEnd('sent', tries)
      console.log(JSON.stringify({ level: 'info', event: 'message_sent', ...about }))
      return 'sent'
    }
    const backOffMs = BACK_OFF_MS[tries - 1]
    if (!failure.retryable || backOffMs === undefined) {
      const { code, providerCode } = failure
      onEnd(code, tries)
      console.warn(JSON.stringify({ level: 'warn', event: 'message_not_sent', ...about, providerCode }))
      return 'failed'
    }
    await wait(backOffMs)
  }
}

/** How the delivery of a message can end. */
export type DeliveryOutcome = 'sent' | DeliveryErrorCode | 'unexpected'

interface DeliverOptions {
  wait?: (ms: number) => Promise<void>
  /** Is told how it ended, and after how many tries. */
  onEnd?: (outcome: DeliveryOutcome, tries: number) => void
}

/** `unexpected` is a mistake in our code: senders only throw a DeliveryError. */
type Failure = Pick<DeliveryError, 'retryable' | 'providerCode'> & { code: DeliveryErrorCode | 'unexpected' }

/** One try. Its time limit also holds for a binding, which takes no signal and cannot be stopped. */
async function tryOnce(send: Send, message: Message): Promise<Failure | null> {
  const controller = new AbortController()
  try {
    await within(TRY_LIMIT_MS, send(message, controller.signal), () => controller.abort())
    return null
  } catch (error) {
    if (error instanceof DeliveryError) return error
    if (error instanceof DeadlineError) return new DeliveryError('unavailable', { retryable: true })
    return { code: 'unexpected', retryable: false, providerCode: undefined }
  }
}
