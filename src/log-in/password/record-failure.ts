import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { type NewEntry, record } from '../../activity/activity'
import type { AppEnv } from '../../context'
import { batchNamed } from '../../db/batch-named'
import { afterAnswer } from '../../http/after-answer'
import { clientInfo } from '../../http/client-info'
import { countWrongGuess, type Guessed, warnOfGuesses } from '../wrong-guesses'

/**
 * Counts a wrong password, or a wrong code of a second factor, and records it in the activity of the account if there is one. Both happen after the answer, in one
 * round trip, which there is for an unknown user too: nobody can tell from the time whether the account exists.
 */
export function recordFailure(
  c: Context<AppEnv>,
  failure: Pick<NewEntry, 'userId' | 'event' | 'sessionId' | 'detail'> | null,
  guessed: Guessed = 'passwords',
): void {
  const { db } = c.var
  const clientAndTime = { client: clientInfo(c), now: Date.now() }
  afterAnswer(c, async () => {
    const { counted } = await batchNamed(db, {
      counted: countWrongGuess(db, guessed, clientAndTime.now, sql`true`),
      recorded: failure === null ? undefined : record(db, { ...failure, ...clientAndTime }),
    })
    warnOfGuesses(c, guessed, counted)
  })
}
