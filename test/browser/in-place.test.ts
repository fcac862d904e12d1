import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser } from './browser'
import { add, signIn, signUp } from './people'

const field = (page: Page) => page.locator('.add [name=contents]')
const row = (page: Page, text: string) => page.locator('li.todo', { hasText: text })
const made = (page: Page) => page.locator('#todos li.todo .contents').allTextContents()

/** Answers to what the page sends take so long (ms). */
const slowDown = (page: Page, ms: number) =>
  page.route('**/console/todos**', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    await route.continue()
  })

describeInBrowser('adding in place', () => {
  it('loses no letter of what is typed after Enter, on a slow network', async () => {
    const page = await signUp('fast-typist')
    await slowDown(page, 1500)
    await field(page).focus()
    await page.keyboard.type('Milk\nBread and butter\nEggs', { delay: 80 })
    expect(await field(page).inputValue()).toBe('Eggs')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.unsent-list li').count()).toBe(3)
    await expect.poll(() => made(page), { timeout: 20_000 }).toEqual(['Eggs', 'Bread and butter', 'Milk'])
    await expect.poll(() => page.locator('.unsent-list li').count()).toBe(0)
  })

  it('keeps what is typed without a network, and sends it when there is one, once', async () => {
    const page = await signUp('on-the-train')
    await page.context().setOffline(true)
    await field(page).fill('Buy milk')
    await field(page).press('Enter')
    await page.getByText(en.quick.unreachable).waitFor()
    await field(page).fill('Half a thou')
    await page.context().setOffline(false)
    await expect.poll(() => made(page)).toEqual(['Buy milk'])
    expect(await field(page).inputValue()).toBe('Half a thou')
    await page.reload()
    expect(await field(page).inputValue()).toBe('Half a thou')
    expect(await made(page)).toEqual(['Buy milk'])
  })

  it('adds once if the answer got lost', async () => {
    const page = await signUp('unlucky')
    let isLost = false
    await page.route('**/console/todos', async (route) => {
      if (isLost) return route.continue()
      isLost = true
      await route.fetch()
      await route.abort('internetdisconnected')
    })
    await field(page).fill('Buy milk')
    await field(page).press('Enter')
    await expect.poll(() => isLost).toBe(true)
    await page.locator('.unsent [data-retry]').click()
    await expect.poll(() => made(page)).toEqual(['Buy milk'])
  })

  it('keeps what is typed while nobody is signed in, and sends it after the sign-in', async () => {
    const page = await signUp('thrown-out')
    await page.context().clearCookies()
    await field(page).fill('Buy milk')
    await field(page).press('Enter')
    await page.getByRole('link', { name: en.quick.signIn }).click()
    await page.goto('/console/sign-in/password?to=/console')
    await page.locator('[name=identifier]').fill('thrown-out')
    await page.locator('[name=password]').fill('correct horse battery staple')
    await page.locator('main [type=submit]').click()
    await expect.poll(() => made(page)).toEqual(['Buy milk'])
  })

  it('says beside the row what the server refuses, and gives the text back', async () => {
    const page = await signUp('wordy')
    await field(page).fill('x'.repeat(501))
    await field(page).press('Enter')
    await page.locator('.unsent.failed .state').waitFor()
    await page.locator('.unsent [data-edit]').click()
    expect(await field(page).inputValue()).toBe('x'.repeat(501))
    expect(await page.locator('.unsent').count()).toBe(0)
  })

  it('says that there were too many at once, and sends it later', async () => {
    const page = await signUp('hasty')
    await page.route('**/console/todos', (route) => route.fulfill({ status: 429, body: '<p>Too many.</p>' }))
    await field(page).fill('Buy milk')
    await field(page).press('Enter')
    await page.locator('.unsent').getByText('Too many.').waitFor()
    await page.unroute('**/console/todos')
    await expect.poll(() => made(page)).toEqual(['Buy milk'])
  })

  it('shows chips that can be taken off, also of a text composed by an IME', async () => {
    const page = await signUp('quick')
    await field(page).focus()
    await page.keyboard.type('call mum tomorrow p1 #family', { delay: 10 })
    const chips = page.locator('.quick-chips label')
    await expect.poll(() => chips.count()).toBe(3)
    const [form, chip] = await Promise.all([page.locator('.add').boundingBox(), chips.last().boundingBox()])
    expect(chip?.y).toBeGreaterThan(form?.y ?? Number.NaN)
    expect(await chips.first().textContent()).toBe(en.views.tomorrow)
    await expectAccessibleInEveryLook(page)
    await chips.filter({ hasText: en.todos.priorities.urgent }).click()
    await expect.poll(() => chips.count()).toBe(2)
    await page.keyboard.press('Enter')
    await field(page).focus()
    await page.keyboard.press('Enter')
    await row(page, 'call mum p1').locator('.chip.label').waitFor()
    expect(await row(page, 'call mum p1').getAttribute('data-priority')).toBe('none')

    const cdp = await page.context().newCDPSession(page)
    await field(page).focus()
    for (const text of ['ㄴ', '내', '내이', '내일'])
      await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
    await cdp.send('Input.insertText', { text: '내일' })
    await page.keyboard.type(' ')
    await cdp.send('Input.imeSetComposition', { text: '우유', selectionStart: 2, selectionEnd: 2 })
    await cdp.send('Input.insertText', { text: '우유' })
    await expect.poll(() => chips.count()).toBe(1)
    await page.keyboard.press('Enter')
    await row(page, '우유').locator('.due-chip').waitFor()
    expect(await field(page).inputValue()).toBe('')
  })

  it('offers a to-do for each pasted line', async () => {
    const page = await signUp('paster')
    await field(page).focus()
    await page.evaluate(`{
      const clipboardData = new DataTransfer()
      clipboardData.setData('text', '- Milk\\n- Bread tomorrow\\n\\n- Eggs')
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true, bubbles: true }))
    }`)
    await page.getByRole('button', { name: en.quick.addLines.replace('{count}', '3') }).click()
    await expect.poll(async () => (await made(page)).sort()).toEqual(['Bread', 'Eggs', 'Milk'])
    await row(page, 'Bread').locator('.due-chip').waitFor()
  })
})

describeInBrowser('changing in place', () => {
  it('completes and deletes with an undo for both, and the focus goes to the next row', async () => {
    const page = await signUp('tidy')
    await add(page, 'One', 'Two', 'Three')
    await page.getByRole('button', { name: en.todos.complete('Three') }).focus()
    await page.keyboard.press('Enter')
    await page.locator(`[aria-label="${en.todos.complete('Two')}"]:focus`).waitFor()
    const toast = page.locator('.toast')
    await toast.getByText(en.notices.completed, { exact: true }).waitFor()
    await toast.getByRole('button', { name: en.todos.undo }).click()
    await page.getByRole('button', { name: en.todos.complete('Three') }).waitFor()

    await page.getByRole('button', { name: en.todos.deleteNamed('One') }).click()
    await expect.poll(() => row(page, 'One').count()).toBe(0)
    await expectAccessibleInEveryLook(page)
    await toast.getByRole('button', { name: en.todos.undo }).click()
    await row(page, 'One').waitFor()
  })

  it('says on the row that another device has deleted it', async () => {
    const page = await signUp('deleted-elsewhere')
    await add(page, 'Buy milk')
    const other = await signIn('deleted-elsewhere')
    await other.getByRole('button', { name: en.todos.deleteNamed('Buy milk') }).click()
    await expect.poll(() => row(other, 'Buy milk').count()).toBe(0)
    await page.getByRole('button', { name: en.todos.complete('Buy milk') }).click()
    await row(page, 'Buy milk').getByText(en.quick.goneElsewhere).waitFor()
  })

  it('says on the row that there is no network, and changes nothing', async () => {
    const page = await signUp('in-a-tunnel')
    await add(page, 'Buy milk')
    await page.context().setOffline(true)
    await page.getByRole('button', { name: en.todos.deleteNamed('Buy milk') }).click()
    await row(page, 'Buy milk').getByText(en.quick.notDone).waitFor()
    await page.context().setOffline(false)
    await page.getByRole('button', { name: en.todos.deleteNamed('Buy milk') }).click()
    await expect.poll(() => row(page, 'Buy milk').count()).toBe(0)
  })

  it('leads from the row to the sign-in when nobody is signed in any more', async () => {
    const page = await signUp('signed-out-ticker')
    await add(page, 'Buy milk')
    await page.context().clearCookies()
    await page.getByRole('button', { name: en.todos.complete('Buy milk') }).click()
    await row(page, 'Buy milk').getByRole('link', { name: en.quick.signIn }).click()
    await page.waitForURL('**/console/sign-in?to=*')
  })

  it('says that an undo did not arrive, and it can be pressed again', async () => {
    const page = await signUp('undo-in-a-tunnel')
    await add(page, 'Buy milk')
    await page.getByRole('button', { name: en.todos.deleteNamed('Buy milk') }).click()
    const undo = page.locator('.toast').getByRole('button', { name: en.todos.undo })
    await undo.waitFor()
    await page.context().setOffline(true)
    await undo.click()
    await page.locator('.toast').getByText(en.quick.notDone).waitFor()
    await page.context().setOffline(false)
    await undo.click()
    await row(page, 'Buy milk').waitFor()
  })

  it('shows behind the sheet of keys what has changed, once it is closed', async () => {
    const page = await signUp('sheet-reader')
    await slowDown(page, 1000)
    await field(page).fill('Buy milk')
    await field(page).press('Enter')
    await page.locator('body').click({ position: { x: 5, y: 500 } })
    await page.keyboard.press('?')
    await page.locator('.unsent-list li:not(.unsent)').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => made(page)).toEqual(['Buy milk'])
  })
})
