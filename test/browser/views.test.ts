import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import { expectAccessibleInEveryLook } from './axe'
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
    expect(await page.locator('#todos .list').count()).toBe(1)
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

  it('has a completed to-do of any page back in its place when it is undone', async () => {
    const page = await signUp('views-undone')
    await make(page, numbered(30))
    await page.goto('/console')
    const rows = page.locator('#todos .list > li:not(.leaving)')
    const names = () => rows.locator('.contents').allTextContents()
    const first = await names()
    const complete = (name: string) => page.getByRole('button', { name: en.todos.complete(name), exact: true }).click()
    await complete('No. 29')
    await expect.poll(names).toEqual([...first.slice(1), 'No. 4'])
    await page.getByRole('button', { name: en.todos.undo }).click()
    await expect.poll(names).toEqual(first)

    await page.getByRole('link', { name: en.views.more }).click()
    await expect.poll(() => rows.count()).toBe(30)
    await complete('No. 2')
    await expect.poll(() => rows.count()).toBe(29)
    await page.getByRole('button', { name: en.todos.undo }).click()
    await expect.poll(async () => (await names())[27]).toBe('No. 2')
    expect(await rows.count()).toBe(30)
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

/** A day from today on, in UTC, as the people here have no other zone. */
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** What each group has, by its heading. */
const groups = (page: Page) =>
  page.evaluate<
    [heading: string, contents: string[]][]
  >(`[...document.querySelectorAll('#todos .group')].map((group) => [
    group.querySelector('h2')?.textContent.trim() ?? '',
    [...group.querySelectorAll('.list > li > .body > .contents')].map(({ textContent }) => textContent),
  ])`)

const countOf = (page: Page, name: string) =>
  page.getByRole('navigation', { name: en.views.label }).getByRole('link', { name }).locator('.count')

describeInBrowser('the views', () => {
  it('open with what is due today, and stay there when it is done', async () => {
    const page = await signUp('views-today')
    await page.getByRole('heading', { level: 1, name: en.views.all }).waitFor()
    await make(page, [
      { contents: 'Late', due: day(-1) },
      { contents: 'Now', due: day(0) },
      { contents: 'Soon', due: day(1) },
    ])
    await page.goto('/console')
    await page.getByRole('heading', { level: 1, name: en.views.today }).waitFor()
    expect(await groups(page)).toEqual([
      ['Overdue 1', ['Late']],
      ['Today 1', ['Now']],
    ])
    expect(await countOf(page, en.views.today).textContent()).toBe('2')
    await page.getByRole('button', { name: en.todos.complete('Late') }).click()
    await expect.poll(() => countOf(page, en.views.today).textContent()).toBe('1')
    await page.getByRole('button', { name: en.todos.complete('Now') }).click()
    await page.getByText(en.views.nothingToday).waitFor()
    await page.getByRole('heading', { level: 1, name: en.views.today }).waitFor()
    await page.getByRole('link', { name: en.views.comingUp(1) }).click()
    await page.getByRole('heading', { level: 1, name: en.views.upcoming }).waitFor()
    expect((await groups(page)).map(([, contents]) => contents)).toEqual([['Soon']])
  })

  it('load more of the same day into its group, and of what is overdue into its own', async () => {
    const page = await signUp('views-days')
    await make(page, [...numbered(30, { due: day(1) }), { contents: 'After', due: day(2) }])
    await make(page, [...numbered(27, { due: day(-2) }), ...numbered(28, { due: day(0) })])
    await page.goto('/console?view=upcoming')
    expect((await groups(page)).map(([, contents]) => contents.length)).toEqual([25])
    await page.getByRole('link', { name: en.views.more }).click()
    await expect.poll(async () => (await groups(page)).map(([, contents]) => contents.length)).toEqual([28, 22])
    await page.getByRole('link', { name: en.views.more }).click()
    await expect.poll(async () => (await groups(page)).map(([, contents]) => contents.length)).toEqual([28, 30, 1])
    const keys = await page.evaluate<string[]>(
      `[...document.querySelectorAll('#todos .group')].map(({ dataset }) => dataset.group)`,
    )
    expect(keys).toEqual([day(0), day(1), day(2)])

    await page.goto('/console?view=today')
    const more = page.getByRole('link', { name: en.views.more })
    await more.first().click()
    await expect.poll(async () => (await groups(page)).map(([, contents]) => contents.length)).toEqual([27, 25])
    await more.click()
    await expect.poll(async () => (await groups(page)).map(([, contents]) => contents.length)).toEqual([27, 28])
    await more.waitFor({ state: 'detached' })
    await expectAccessibleInEveryLook(page)
  })

  it('show below a list what is done there, when it is opened', async () => {
    const page = await signUp('views-done')
    await make(page, [{ contents: 'Open' }, { contents: 'Done', isDone: true }])
    await page.goto('/console?view=all')
    expect(await page.locator('.contents', { hasText: 'Done' }).count()).toBe(0)
    await page.locator('.done-section summary').click()
    await page.locator('.done-section .group .contents', { hasText: /^Done$/ }).waitFor()
    await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: en.todos.complete('Open') }).click()
    await page.locator('.done-section .contents', { hasText: /^Open$/ }).waitFor()
    await page.getByRole('button', { name: en.todos.reopen('Done') }).click()
    await page.locator('#todos .contents', { hasText: /^Done$/ }).waitFor()
    await expect.poll(() => page.locator('.done-section .contents').allTextContents()).toEqual(['Open'])
  })

  it('work without a script', async () => {
    const page = await signUp('views-no-script', { javaScriptEnabled: false })
    await page.getByRole('link', { name: en.views.upcoming }).click()
    await page.locator('.add [name=contents]').fill('Buy milk')
    await page.locator('.add button').click()
    await page.locator('.group .contents', { hasText: 'Buy milk' }).waitFor()
    await page.getByRole('button', { name: en.todos.complete('Buy milk') }).click()
    await page.getByRole('link', { name: en.views.all }).click()
    await page.locator('.done-section summary').click()
    await page.getByRole('link', { name: en.views.showDone }).click()
    await page.getByRole('heading', { level: 1, name: en.views.done }).waitFor()
    await page.locator('.group .contents', { hasText: 'Buy milk' }).waitFor()
  })

  it.each([
    ['en-US', en],
    ['ko-KR', ko],
  ])('are accessible with to-dos and without, on every width: %s', async (locale, t) => {
    const page = await signUp(`views-look-${locale.toLowerCase()}`, { locale })
    for (const name of ['today', 'upcoming', 'all', 'done'] as const) {
      await page.goto(`/console?view=${name}`)
      await page.getByRole('heading', { level: 1, name: t.views[name] }).waitFor()
      await expectAccessibleInEveryLook(page)
    }
    await make(page, [
      { contents: 'Late', due: day(-1), labels: ['home'] },
      { contents: 'Now', dueAt: `${day(0)}T23:59:00Z`, labels: ['home', '가족'] },
      { contents: 'Soon', due: day(3) },
      { contents: 'Done', isDone: true },
    ])
    for (const name of ['today', 'upcoming', 'all', 'done'] as const) {
      await page.goto(`/console?view=${name}`)
      await page.locator('.group').first().waitFor()
      if (name === 'all') await page.locator('.filter summary').click()
      await expectAccessibleInEveryLook(page)
    }
    await page.goto('/console?label=home')
    await page.locator('.views [aria-current]').waitFor()
    const place = await page.locator('.views [aria-current]').boundingBox()
    expect(place?.x).toBeGreaterThanOrEqual(0)
    expect((place?.x ?? 0) + (place?.width ?? 0)).toBeLessThanOrEqual(360)
  })
})

describeInBrowser('a profile without a time zone', () => {
  it.each([
    ['en-US', en],
    ['ko-KR', ko],
  ])('is offered that of the browser, and “5pm” is then what its clock shows (%s)', async (locale, t) => {
    const page = await signUp(`zone-${locale}`, { locale, timezoneId: 'Asia/Seoul' })
    const offer = page.locator('.zone-offer')
    await offer.getByText(t.timeZone.offer).waitFor()
    await expectAccessibleInEveryLook(page)
    await offer.getByRole('button', { name: t.timeZone.use.replace('{zone}', 'Asia/Seoul') }).click()
    await page.getByText(t.notices.zone_saved).waitFor()
    expect(await offer.count()).toBe(0)
    await page.locator('.add [name=contents]').fill('Call mum 2099-12-24 5pm')
    await page.keyboard.press('Enter')
    await page.locator('.list time[datetime="2099-12-24T08:00:00.000Z"]').waitFor()
  })

  it('is offered nothing where the clock shows UTC anyway', async () => {
    const page = await signUp('zone-utc', { timezoneId: 'UTC' })
    expect(await page.locator('.zone-offer').isHidden()).toBe(true)
  })
})
