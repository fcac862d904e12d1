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
    const rows = page.locator('#todos .list li')
    await page.goto('/console')
    await expect.poll(() => rows.count()).toBe(2)

    await page.getByRole('button', { name: en.todos.complete('Buy milk') }).click()
    await expect.poll(() => rows.count()).toBe(1)
    await page.getByRole('button', { name: en.todos.undo }).click()
    await page.getByRole('button', { name: en.todos.complete('Buy milk') }).waitFor()

    await page.getByRole('button', { name: en.todos.deleteNamed('Buy milk') }).click()
    await expect.poll(() => rows.count()).toBe(1)
    await page.getByRole('button', { name: en.todos.undo }).last().click()
    await page.getByRole('button', { name: en.todos.complete('Buy milk') }).waitFor()
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

  it('shows both versions if another tab has saved first (JavaScript: false)', async () => {
    const page = await signUp('two-tabs', { javaScriptEnabled: false })
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
    await page.getByRole('button', { name: en.todos.keepYours }).click()
    await page.getByRole('link', { name: 'Buy soy milk' }).waitFor()
  })

  it.each([true, false])('takes a day, a time and how often it repeats (JavaScript: %s)', async (javaScriptEnabled) => {
    const page = await signUp(`punctual-${javaScriptEnabled}`, { javaScriptEnabled, timezoneId: 'Europe/Berlin' })
    await page.goto('/console/account/time-zone')
    await page.getByLabel(en.timeZone.title).selectOption('Asia/Seoul')
    await page.getByRole('button', { name: en.save }).click()
    await page.getByText(en.notices.zone_saved).waitFor()
    await page.goto('/console')
    await add(page, 'Water the plants')
    await page.getByRole('link', { name: 'Water the plants' }).click()
    await page.getByLabel(en.todos.due, { exact: true }).fill('2099-12-24')
    await page.getByLabel(en.todos.dueTime).fill('18:30')
    const rule = page.getByLabel(en.todos.rule, { exact: true })
    await rule.waitFor({ state: 'hidden' })
    await page.getByLabel(en.todos.repeat).selectOption('own')
    await rule.fill('FREQ=DAILY;INTERVAL=2')
    await page.getByRole('button', { name: en.save }).click()
    const row = page.locator('.list li', { hasText: 'Water the plants' })
    await row.getByText(/Dec 24, 2099,? 6:30 PM/).waitFor()
    expect(await row.locator('time').getAttribute('datetime')).toBe('2099-12-24T09:30:00.000Z')

    await page.getByRole('button', { name: en.todos.complete('Water the plants') }).click()
    await page.getByText(/Dec 26, 2099,? 6:30 PM\.$/).waitFor()
    await page.getByRole('button', { name: en.todos.undo }).click()
    await row.getByText(/Dec 24, 2099,? 6:30 PM/).waitFor()
    await expect.poll(() => row.count()).toBe(1)
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
    await page.getByLabel(en.panel.newLabels).fill('home, shop')
    await page.getByRole('radio', { name: en.todos.priorities.high }).check()
    await page.getByLabel(en.todos.due, { exact: true }).fill('2020-01-01')
    await page.getByLabel(en.todos.repeat).selectOption('own')
    await page.getByLabel(en.todos.rule, { exact: true }).fill('FREQ=DAILY')
    await page.getByLabel(en.todos.newSubtask).fill('Oat milk')
    const panel = page.getByRole('dialog')
    await panel.getByRole('button', { name: en.todos.add }).click()
    await panel.getByRole('link', { name: 'Oat milk' }).waitFor()
    await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: en.save }).click()
    await panel.waitFor({ state: 'detached' })
    await page.locator('.list').getByText('#shop').waitFor()
    await expectAccessibleInEveryLook(page)
  })
})
