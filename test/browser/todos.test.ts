import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser } from './browser'
import { add, signUp } from './people'

describeInBrowser('the list of to-dos', () => {
  it.each([true, false])('adds, completes, deletes and restores to-dos (JavaScript: %s)', async (javaScriptEnabled) => {
    const page = await signUp(`todos-${javaScriptEnabled}`, { javaScriptEnabled })
    await page.getByText(en.todos.empty).waitFor()
    await add(page, 'Buy milk', '우유 마시기')
    const rows = page.locator('.list li')
    await expect.poll(() => rows.count()).toBe(2)

    await page.getByRole('button', { name: en.todos.complete('Buy milk') }).click()
    await page.getByRole('button', { name: en.todos.reopen('Buy milk') }).waitFor()

    await page.getByRole('button', { name: en.todos.deleteNamed('Buy milk') }).click()
    await expect.poll(() => rows.count()).toBe(1)
    await page.getByRole('button', { name: en.todos.undo }).click()
    await page.getByRole('button', { name: en.todos.reopen('Buy milk') }).waitFor()
    await expect.poll(() => rows.count()).toBe(2)
  })

  it('works with the keyboard alone', async () => {
    const page = await signUp('keyboard')
    await page.getByLabel(en.todos.new).press('Enter')
    await page.keyboard.type('First')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'First' }).waitFor()
    // The field has the focus again, so the next to-do can be typed at once.
    await page.locator('[name=contents]:focus').waitFor()
    await page.keyboard.type('Second')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Second' }).waitFor()
  })

  it('shows both versions if another tab has saved first', async () => {
    const page = await signUp('two-tabs')
    await add(page, 'Buy milk')
    const other = await page.context().newPage()
    for (const tab of [page, other]) {
      await tab.goto('/console')
      await tab.getByRole('link', { name: 'Buy milk' }).click()
    }
    await other.getByLabel(en.todos.contents).fill('Buy oat milk')
    await other.getByRole('button', { name: en.save }).click()
    await other.getByRole('link', { name: 'Buy oat milk' }).waitFor()

    await page.getByLabel(en.todos.contents).fill('Buy soy milk')
    await page.getByRole('button', { name: en.save }).click()
    await page.getByRole('heading', { level: 1, name: en.todos.conflict }).waitFor()
    expect(await page.getByRole('region', { name: en.todos.theirs }).textContent()).toContain('Buy oat milk')
    expect(await page.getByLabel(en.todos.contents).inputValue()).toBe('Buy soy milk')
    await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: en.todos.keepYours }).click()
    await page.getByRole('link', { name: 'Buy soy milk' }).waitFor()
  })

  it('keeps a due date that was not edited, even in the repeated hour of summer time or long ago', async () => {
    const page = await signUp('punctual', { timezoneId: 'Europe/Berlin' })
    const due = page.getByLabel(en.todos.due)
    const open = async (contents: string) => {
      await page.getByRole('link', { name: contents }).click()
      await page.locator('[data-utc]:not([aria-describedby])').waitFor()
    }
    const save = async (contents: string) => {
      await page.getByRole('button', { name: en.save }).click()
      return page.locator('.list li', { hasText: contents }).locator('time').getAttribute('datetime')
    }
    for (const [utc, local] of [
      ['2026-10-25T00:30', '2026-10-25T02:30'],
      ['2026-10-25T01:30', '2026-10-25T02:30'],
      ['0800-01-01T00:00', '0800-01-01T00:53'],
    ] as const) {
      await add(page, utc)
      await open(utc)
      // Sends the date in UTC, as a browser without JavaScript does.
      await page.evaluate(`addEventListener('formdata', ({ formData }) => formData.set('due', '${utc}'))`)
      expect(await save(utc)).toBe(`${utc}:00.000Z`)
      await open(utc)
      expect(await due.inputValue()).toBe(local)
      expect(await save(utc)).toBe(`${utc}:00.000Z`)
    }
    await open('0800')
    await due.fill('2026-12-24T19:00')
    expect(await save('0800')).toBe('2026-12-24T18:00:00.000Z')
  })

  it('shows what was typed as text, never as HTML', async () => {
    const page = await signUp('typist')
    const contents = '<img src=x onerror="document.title=1"> & "quotes"'
    await add(page, contents)
    await page.getByRole('link', { name: contents }).click()
    expect(await page.getByLabel(en.todos.contents).inputValue()).toBe(contents)
  })

  it('is accessible when empty, when full, and while a to-do is edited', async () => {
    const page = await signUp('looker')
    await expectAccessibleInEveryLook(page)
    await add(page, 'Buy milk', 'A'.repeat(500))
    await page.getByText(en.todos.filters).click()
    await expectAccessibleInEveryLook(page)
    await page.getByRole('link', { name: 'Buy milk' }).click()
    await page.getByLabel(en.todos.labels).fill('home, shop')
    await page.getByLabel(en.todos.priority).selectOption('high')
    await page.getByLabel(en.todos.due).fill('2020-01-01T10:00')
    await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: en.save }).click()
    await page.getByRole('status').waitFor()
    await expectAccessibleInEveryLook(page)
  })
})
