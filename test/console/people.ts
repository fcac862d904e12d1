import { limits } from '../../src/limits'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { codeFor } from '../helpers/codes'
import { outliveFreshProof } from '../helpers/people'
import type { Browser, Page } from './browser'

/** How many wrong passwords in a row are allowed before a wait. */
export const FREE_ATTEMPTS = limits.proof_failures.quota

/** Makes the sign-in of this browser ten minutes old, so that it is no fresh proof. Stops the clock. */
export async function makeSignInOld({ client }: Browser): Promise<void> {
  const { session } = (await client.get<SessionAnswer>('/auth/session')).body
  await outliveFreshProof({ client, session })
}

/** Signs in by code. `query` names the page that the user comes back to. */
export async function signInOnTheWay(browser: Browser, recipient: string, query: string): Promise<Page> {
  const since = Date.now()
  await browser.submit(`/console/sign-in${query}`, { recipient })
  return browser.submit(`/console/sign-in/code${query}`, { code: await codeFor(recipient, { since }) })
}
