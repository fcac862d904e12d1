import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { describeInBrowser } from './browser'
import { signUp } from './people'

/** Makes to-dos at once, as another device would. */
const make = (page: Page, todos: object[]) =>
  page.evaluate(
    async (operations) => {
      const body = JSON.stringify({ operations })
      const headers = { 'Content-Type': 'application/json' }
      const answer = await fetch('/api/v1/todos/batch', { method: 'POST', headers, body })
      if (!answer.ok) throw new Error(await answer.text())
    },
    todos.map((todo) => ({ op: 'create', todo })),
  )

const numbered = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, n) => ({ contents: `No. ${n}`, ...more }))

describeInBrowser('“Load more”', () => {
  it('puts the next page below, and the focus on its first row', async () => {
    const page = await signUp('views-more')
    await make(page, numbered(60))
    await page.goto('/console')
    const rows = page.locator('.list > li')
    const more = page.getByRole('link', { name: en.views.more })
    await expect.poll(() => rows.count()).toBe(25)
    await more.press('Enter')
    await expect.poll(() => rows.count()).toBe(50)
    await page.locator('a.contents:focus', { hasText: /^No\. 34$/ }).waitFor()
    await more.dblclick()
    await expect.poll(() => rows.count()).toBe(60)
    await more.waitFor({ state: 'detached' })
    const shown = await page.locator('.list > li .contents').allTextContents()
    expect(shown).toEqual(
      numbered(60)
        .map(({ contents }) => contents)
        .toReversed(),
    )
    expect(page.url()).toMatch(/\/console$/)
    expect(await page.locator('.list').count()).toBe(1)
  })

  it('says so if it does not load, and goes on with the network', async () => {
    const page = await signUp('views-offline')
    await make(page, numbered(30))
    await page.goto('/console')
    await page.context().setOffline(true)
    await page.getByRole('link', { name: en.views.more }).click()
    const again = page.getByRole('link', { name: en.views.moreFailed })
    await again.waitFor()
    await page.context().setOffline(false)
    await again.click()
    await expect.poll(() => page.locator('.list > li').count()).toBe(30)
  })

  it('is a link to the next page without a script', async () => {
    const page = await signUp('views-plain', { javaScriptEnabled: false })
    for (const todo of numbered(26)) {
      await page
        .context()
        .request.post('/api/v1/todos', { data: todo, headers: { Origin: new URL(page.url()).origin } })
    }
    await page.goto('/console')
    await page.getByRole('link', { name: en.views.more }).click()
    await page.getByText('No. 0', { exact: true }).waitFor()
    expect(await page.locator('.list > li').count()).toBe(1)
    await page.getByRole('link', { name: en.firstPage }).click()
    await expect.poll(() => page.locator('.list > li').count()).toBe(25)
  })
})
