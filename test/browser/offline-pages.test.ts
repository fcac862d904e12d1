import type { BrowserContext, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser } from './browser'
import { add, PASSWORD, signUp } from './people'

/* To-dos that are kept on the device: the pages in Chromium, with the network off and on. */

const t = en.offline

/** Says once that the to-dos may be kept here, and goes back to the list. */
async function keep(page: Page): Promise<void> {
  await page.goto('/console/offline-copy')
  await page.getByRole('button', { name: t.turnOn }).click()
  await page.getByText(/kept on this device\.$/).waitFor()
  await page.goto('/console')
}

const row = (page: Page, contents: string) => page.locator('.todo', { hasText: contents })

interface ApiTodo {
  contents: string
  isDone: boolean
  due: string | null
  labels: string[]
}

/** Asks the API, past the service worker. */
async function onServer(context: BrowserContext): Promise<ApiTodo[]> {
  const answer = await context.request.get('/api/v1/todos?order=ASC')
  return (await answer.json()).todos
}

/** Everything that this browser keeps for the pages, as one text. */
const storedIn = (page: Page): Promise<string> =>
  page.evaluate(`(async () => {
    const all = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })]
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) all.push(request.url, await (await cache.match(request)).text())
    }
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve) => { const asked = indexedDB.open(name); asked.onsuccess = () => resolve(asked.result) })
      for (const table of database.objectStoreNames) {
        const read = database.transaction(table).objectStore(table).getAll()
        await new Promise((resolve) => { read.onsuccess = resolve })
        all.push(JSON.stringify(read.result))
      }
      database.close()
    }
    all.push((await navigator.serviceWorker.getRegistrations()).length + ' workers')
    return all.join('\\n')
  })()`)

describeInBrowser('to-dos that are kept on the device', () => {
  it('open, and are added and completed without a network, and are on the server once when it is back', async () => {
    const page = await signUp('keeper')
    const context = page.context()
    await add(page, 'Buy milk', 'Water the plants')
    await keep(page)

    await context.setOffline(true)
    await page.goto('/console')
    await page.getByText(t.noNetwork).waitFor()
    await row(page, 'Buy milk').waitFor()
    await page.getByRole('button', { name: t.complete('Buy milk') }).click()
    await row(page, 'Buy milk').getByText(t.waiting).waitFor()
    await page.getByLabel(t.new).fill('call mum tomorrow 5pm #family')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Tomorrow' }).waitFor()
    await row(page, 'call mum').getByText('#family').waitFor()
    await expectAccessibleInEveryLook(page)
    // Still here after the page was loaded again.
    await page.reload()
    await row(page, 'call mum').getByText(t.waiting).waitFor()
    await page.getByRole('button', { name: t.reopen('Buy milk') }).waitFor()

    await context.setOffline(false)
    // The page goes on by itself to the real one.
    await page.locator('form.add[data-user]').waitFor()
    await page.getByRole('link', { name: 'call mum' }).waitFor()
    const todos = await onServer(context)
    expect(todos.map(({ contents, isDone, labels }) => ({ contents, isDone, labels }))).toEqual([
      { contents: 'Buy milk', isDone: true, labels: [] },
      { contents: 'Water the plants', isDone: false, labels: [] },
      { contents: 'call mum', isDone: false, labels: ['family'] },
    ])
    expect(todos[2]?.due).toMatch(/^\d{4}-\d\d-\d\dT17:00:00\[UTC\]$/)
  })
})

void PASSWORD
void storedIn
