import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser } from './browser'
import { add, signUp } from './people'

const focused = (page: Page) => page.evaluate('document.activeElement.textContent')
const made = async (page: Page) => (await page.locator('#todos li.todo .contents').allTextContents()).sort()

describeInBrowser('keys', () => {
  it('go through the list, complete, edit, and open the sheet', async () => {
    const page = await signUp('keys')
    await add(page, 'One', 'Two')
    await page.locator('body').click({ position: { x: 5, y: 500 } })
    await page.keyboard.press('j')
    expect(await focused(page)).toBe('Two')
    await page.keyboard.press('j')
    expect(await focused(page)).toBe('One')
    await page.keyboard.press('k')
    expect(await focused(page)).toBe('Two')
    await page.keyboard.press('Control+Enter')
    await page.locator('.toast').getByRole('button', { name: en.todos.undo }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: en.keys.title }).waitFor()
    await expectAccessibleInEveryLook(page)
    // While a dialog is open, no key does anything.
    await page.keyboard.press('n')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: en.keys.title }).waitFor({ state: 'hidden' })
    await page.keyboard.press('n')
    await page.locator('.add [name=contents]:focus').waitFor()
    await page.goto('/console?view=today')
    await page.locator('body').click({ position: { x: 5, y: 500 } })
    await page.keyboard.press('/')
    await page.locator('#q:focus').waitFor()
    await page.goto('/console?view=all')
    await page.keyboard.press('n')
    await page.locator('.add [name=contents]:focus').waitFor()
    // While somebody types, keys are letters.
    await page.keyboard.type('n/jkxe?')
    expect(await page.locator('.add [name=contents]').inputValue()).toBe('n/jkxe?')
    await page.keyboard.press('Control+Enter')
    await page.locator('#todos').getByText('n/jkxe?').waitFor()
  })
})

describeInBrowser('several at once', () => {
  it.each([true, false])(
    'get a label, a day and a list, and are deleted and restored (JavaScript: %s)',
    async (javaScriptEnabled) => {
      const page = await signUp(`several-${javaScriptEnabled}`, { javaScriptEnabled })
      await page.goto('/console/lists')
      await page.getByLabel(en.lists.new).fill('Garden')
      await page.getByLabel(en.lists.new).press('Enter')
      await page.getByText(en.notices.list_made).waitFor()
      await page.goto('/console?view=all')
      await add(page, 'One', 'Two', 'Three')
      const select = async (...names: string[]) => {
        if (!(await page.locator('.picking').count())) await page.locator('a.select').click()
        await page.locator('.bulk').waitFor()
        for (const name of names) await page.getByLabel(en.todos.pick(name), { exact: true }).check()
      }
      const press = (name: string) => page.locator('.bulk').getByRole('button', { name, exact: true }).click()

      await select('One', 'Two')
      if (javaScriptEnabled) await expectAccessibleInEveryLook(page)
      await page.getByLabel(en.bulk.labelName).fill('home')
      await press(en.bulk.addLabel)
      await expect.poll(() => page.locator('#todos .chip.label').allTextContents()).toEqual(['#home', '#home'])
      await select('One', 'Two')
      await press(en.bulk.tomorrow)
      await expect.poll(() => page.locator('#todos .due-chip').count()).toBe(2)
      await select('Three', 'Two')
      await page.getByLabel(en.bulk.list).selectOption({ label: 'Garden' })
      await press(en.bulk.move)
      await expect.poll(() => page.locator('#todos .list-chip').count()).toBe(2)
      await select('One', 'Three')
      await press(en.todos.delete)
      await expect.poll(() => made(page)).toEqual(['Two'])
      await page.getByRole('button', { name: en.todos.undo }).last().click()
      await expect.poll(() => made(page)).toEqual(['One', 'Three', 'Two'])
    },
  )
})
