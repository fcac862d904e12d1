import { limits } from '../../src/limits'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { codeFor } from '../helpers/codes'
import { outliveFreshProof } from '../helpers/people'
import type { Browser, Page } from './browser'

/** Wrong passwords in a row after which one has to wait. */
export const FREE_ATTEMPTS = limits.proof_failures.quota

/** The browser stays signed in, by a sign-in that is ten minutes ago. Stops the clock. */
export async function outliveSignIn({ client }: Browser): Promise<void> {
  const { session } = (await client.get<SessionAnswer>('/auth/session')).body
  await outliveFreshProof({ client, session })
}

/** Signs in by code, on the way to the page that `query` names. */
export async function signIn(browser: Browser, recipient: string, query: string): Promise<Page> {
  const since = Date.now()
  await browser.submit(`/console/sign-in${query}`, { recipient })
  return browser.submit(`/console/sign-in/code${query}`, { code: await codeFor(recipient, { since }) })
}
