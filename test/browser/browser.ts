import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Null where there is no Chromium. */
    browser: { origin: string; endpoint: string } | null
  }
}

const provided = inject('browser')

/** Where the server under test is reached. */
export const ORIGIN = provided?.origin ?? ''

/** Tests in a browser, left out where there is none. */
export const describeInBrowser = describe.skipIf(provided === null)

/** What every page is held to: no request leaves this origin, nothing is refused by the policy, nothing fails. */
const faults: string[] = []

let browser: Browser | undefined
beforeAll(async () => {
  if (provided) browser = await chromium.connect(provided.endpoint)
})
afterAll(() => browser?.close())

afterEach(async () => {
  await Promise.all((browser?.contexts() ?? []).map((context) => context.close()))
  expect(faults.splice(0)).toEqual([])
})

/** A page of a browser that knows nothing yet: a device of its own. */
export async function openBrowser(options: BrowserContextOptions = {}): Promise<Page> {
  if (!browser) throw new Error('There is no browser')
  const context = await browser.newContext({ baseURL: ORIGIN, locale: 'en-US', reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(10_000)
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== ORIGIN && protocol !== 'data:') faults.push(`A request to ${request.url()}`)
  })
  context.on('console', (message) => {
    // Chromium writes a line for every answer that is an error; a test looks at the answer itself.
    const isStatus = message.text().startsWith('Failed to load resource: the server responded with a status of 4')
    if (message.type() === 'error' && !isStatus) faults.push(message.text())
  })
  context.on('weberror', (error) => faults.push(String(error.error())))
  return context.newPage()
}
