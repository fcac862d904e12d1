import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { keepTexts } from '../../src/console/texts/en/keep'
import { describeInBrowser } from './browser'
import { PASSWORD, signOut, signUp } from './people'

/* Texts that wait for a network, where two tabs or two people share them. */

async function type(page: Page, contents: string): Promise<void> {
  await page.locator('.add [name=contents]').fill(contents)
  await page.keyboard.press('Enter')
  await page.locator('.unsent', { hasText: contents }).waitFor()
}

async function keep(page: Page): Promise<void> {
  await page.goto('/console/offline-copy')
  await page.getByRole('button', { name: en.offline.turnOn }).click()
  await page.getByText(/kept on this device\.$/).waitFor()
  await page.goto('/console')
}

async function onServer(page: Page): Promise<string[]> {
  const answer = await page.request.get('/api/v1/todos')
  return (await answer.json()).todos.map(({ contents }: { contents: string }) => contents).toSorted()
}

async function signUpHere(page: Page, username: string): Promise<void> {
  await page.goto('/console/sign-up')
  await page.locator('[name=username]').fill(username)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.locator('main [type=submit]').click()
  await page.locator('.add').waitFor()
}

const storedOf = (page: Page): Promise<string> => page.evaluate('JSON.stringify({ ...localStorage })')

describeInBrowser('texts that wait', () => {
  it('do not push each other out in two tabs of somebody who keeps to-dos on the device', async () => {
    const page = await signUp('two-tab-typist')
    await keep(page)
    const other = await page.context().newPage()
    await other.goto('/console')
    await other.locator('.add').waitFor()
    await page.context().setOffline(true)
    await type(page, 'From one tab')
    await type(other, 'From the other')
    await page.context().setOffline(false)
    await expect.poll(() => onServer(page)).toEqual(['From one tab', 'From the other'])
    for (const tab of [page, other]) await expect.poll(() => tab.locator('.unsent').count()).toBe(0)
  })

  it('stay on the device when somebody else signs out there', async () => {
    const page = await signUp('waiting-keeper')
    const context = page.context()
    await keep(page)
    await context.setOffline(true)
    await type(page, 'Not sent yet')
    await context.clearCookies()
    await context.route('**/console/todos', (route) => route.fulfill({ status: 429, body: '' }))
    await context.setOffline(false)
    await signUpHere(page, 'passer-by')
    await context.unroute('**/console/todos')
    await signOut(page)
    await page.getByText(en.notices.signed_out).waitFor()
    expect(await storedOf(page)).toContain('Not sent yet')
    expect(await storedOf(page)).not.toContain('passer-by')
  })

  it('are still there after somebody began and ceased to keep to-dos on the device', async () => {
    const page = await signUp('switcher')
    const path = '**/console/todos'
    await page.context().route(path, (route) => route.fulfill({ status: 429, body: '' }))
    await type(page, 'Waits')
    await keep(page)
    await page.locator('.unsent', { hasText: 'Waits' }).waitFor()
    await page.goto('/console/offline-copy')
    await page.getByRole('button', { name: en.offline.turnOff }).click()
    await page.getByText(keepTexts.removed).waitFor()
    await page.goto('/console')
    await page.locator('.unsent', { hasText: 'Waits' }).waitFor()
    expect(await storedOf(page)).not.toContain('Waits')
    await page.context().unroute(path)
    await page.getByRole('button', { name: en.quick.retry }).click()
    await expect.poll(() => onServer(page)).toEqual(['Waits'])
  })

  it('are sent although the browser has no room for them', async () => {
    const page = await signUp('full-browser')
    await page.evaluate("sessionStorage.setItem('full', 'x'.repeat(5 * 1024 * 1024 - 400))")
    await page.context().setOffline(true)
    await type(page, 'x'.repeat(480))
    await page.context().setOffline(false)
    await expect.poll(() => onServer(page)).toEqual(['x'.repeat(480)])
  })

  it('are not put in the place of what stands in the field', async () => {
    const page = await signUp('editor')
    await page.context().setOffline(true)
    await type(page, 'Milk')
    await page.locator('.add [name=contents]').fill('Bread')
    await page.getByRole('button', { name: en.quick.edit }).click()
    expect(await page.locator('.add [name=contents]').inputValue()).toBe('Milk Bread')
    await page.context().setOffline(false)
  })

  it('do not go to whoever has signed in since', async () => {
    const page = await signUp('first-typist')
    const other = await page.context().newPage()
    await other.goto('/console')
    await signOut(other)
    await signUpHere(other, 'second-typist')
    await type(page, 'Of the first one')
    await page.getByText(en.quick.signedOut).waitFor()
    expect(await onServer(page)).toEqual([])
  })

  it('are kept with the panel of a to-do when somebody else has signed in since', async () => {
    const page = await signUp('first-editor')
    await page.locator('.add [name=contents]').fill('Mine')
    await page.keyboard.press('Enter')
    await page.locator('#todos').getByRole('link', { name: 'Mine' }).click()
    const field = page.getByRole('dialog').getByLabel(en.todos.contents)
    await field.waitFor()
    const other = await page.context().newPage()
    await other.goto('/console')
    await signOut(other)
    await signUpHere(other, 'second-editor')
    await field.fill('Mine, and changed')
    await page.getByText(en.panel.signedOut).waitFor()
    expect(await field.inputValue()).toBe('Mine, and changed')
    expect(await onServer(page)).toEqual([])
  })
})
