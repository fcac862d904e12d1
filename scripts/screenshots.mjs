// What `npm run screenshots` runs: takes the pictures in README.md.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium } from './chromium.mjs'
import { serve } from './serve.mjs'

const OUTPUT = fileURLToPath(new URL('../docs/images', import.meta.url))

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString()
const todos = [
  { contents: 'Water the plants', isDone: true },
  { contents: '우유 마시기', labels: ['home'], dueAt: inDays(1) },
  { contents: 'Book the train to Busan', priority: 'high', labels: ['travel'], dueAt: inDays(4) },
  { contents: 'Read the reference', description: 'It is at /docs.' },
]

/** One recipient for each colour scheme, because a recipient gets only one code a minute. */
const recipients = { light: 'alice@example.com', dark: 'alice@example.org' }

const options = findChromium()
if (!options) throw new Error('There is no Chromium: put one on PATH or set CHROMIUM_PATH')
mkdirSync(OUTPUT, { recursive: true })
const server = await serve()
const browser = await chromium.launch(options)
try {
  for (const [colorScheme, recipient] of Object.entries(recipients)) {
    const context = await browser.newContext({
      baseURL: server.origin,
      colorScheme,
      locale: 'en-US',
      viewport: { width: 720, height: 640 },
    })
    const page = await context.newPage()
    const take = (name) => page.screenshot({ path: join(OUTPUT, `${name}-${colorScheme}.png`) })

    await page.goto(server.outboxLink)
    await page.locator('[name=recipient]').fill(recipient)
    await page.locator('main [type=submit]').click()
    const code = await page.locator('.outbox output').textContent()
    await take('sign-in')
    // The script sends six digits by itself.
    await page.locator('[name=code]:focus').fill(code ?? '')
    await page.locator('.add').waitFor()
    for (const data of todos) await page.request.post('/api/v1/todos', { data })
    await page.goto('/console')
    await page.locator('.list').waitFor()
    await take('todos')
    await context.close()
  }
} finally {
  await browser.close()
  await server.stop()
}
