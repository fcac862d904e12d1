import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, vi } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Null if there is no Chromium. */
    browser: { origin: string; outboxLink: string; endpoint: string } | null
  }
}

const provided = inject('browser')

/** The server may still be starting when these tests run alone. */
const START_MS = 60_000

/** The address of the server under test. */
export const ORIGIN = provided?.origin ?? ''

/** The link that `npm run dev` prints: with it, the pages show the messages. */
export const OUTBOX_LINK = provided?.outboxLink ?? ''

/** Tests in a browser. They are skipped if there is none. */
export const describeInBrowser = describe.skipIf(provided === null)

/** Requests to other origins, violations of the content security policy, and errors of scripts. No page may have any. */
const failures: string[] = []

let browser: Browser | undefined
beforeAll(async () => {
  if (!provided) return
  browser = await chromium.connect(provided.endpoint)
  await vi.waitUntil(
    () =>
      fetch(ORIGIN).then(
        ({ ok }) => ok,
        () => false,
      ),
    { timeout: START_MS, interval: 200 },
  )
}, START_MS)
afterAll(() => browser?.close())

afterEach(async () => {
  await Promise.all((browser?.contexts() ?? []).map((context) => context.close()))
  expect(failures.splice(0)).toEqual([])
})

const scriptless = new WeakSet<BrowserContext>()

/** Whether the page runs scripts. */
export const runsScripts = (page: Page): boolean => !scriptless.has(page.context())

/** A page in a new browser without cookies, as on a new device. */
export async function openBrowser(options: BrowserContextOptions = {}): Promise<Page> {
  if (!browser) throw new Error('There is no browser')
  const context = await browser.newContext({ baseURL: ORIGIN, locale: 'en-US', reducedMotion: 'reduce', ...options })
  if (options.javaScriptEnabled === false) scriptless.add(context)
  // A busy computer hashes a password in seconds.
  context.setDefaultTimeout(20_000)
  context.on('request', (request) => {
    const { origin, protocol, hostname } = new URL(request.url())
    // The test provider, to which people go and from which they come back.
    const isVisit = hostname === '127.0.0.1' && request.isNavigationRequest()
    if (origin !== ORIGIN && protocol !== 'data:' && !isVisit) failures.push(`A request to ${request.url()}`)
  })
  context.on('console', (message) => {
    // Chromium logs every error status, and every request without a network. Tests check these themselves.
    const isExpected =
      /^Failed to load resource: (the server responded with a status of 4|net::ERR_INTERNET_DISCONNECTED)/
    if (message.type() === 'error' && !isExpected.test(message.text())) failures.push(message.text())
  })
  context.on('weberror', (error) => failures.push(String(error.error())))
  return context.newPage()
}
