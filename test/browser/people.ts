import type { Page } from 'playwright-core'
import { openBrowser, runsScripts } from './browser'

export const PASSWORD = 'correct horse battery staple'

/** Signs somebody up in a new browser. The page then shows their empty list. */
export async function signUp(username: string, options?: Parameters<typeof openBrowser>[0]): Promise<Page> {
  const page = await openBrowser(options)
  await page.goto('/console/sign-up')
  await page.locator('[name=username]').fill(username)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.locator('main [type=submit]').click()
  await page.locator('.add').waitFor()
  // The script runs before the page counts as loaded.
  await page.waitForLoadState()
  return page
}

/** Signs the same user in on another device. */
export async function signIn(username: string, options?: Parameters<typeof openBrowser>[0]): Promise<Page> {
  const page = await openBrowser(options)
  await page.goto('/console/sign-in/password')
  await page.locator('[name=identifier]').fill(username)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.locator('main [type=submit]').click()
  await page.locator('.add').waitFor()
  // The script runs before the page counts as loaded.
  await page.waitForLoadState()
  return page
}

/** Opens the menu in the header. */
export async function openMenu(page: Page): Promise<void> {
  await page.locator('.menu > summary').click()
  await page.locator('.menu-panel').waitFor()
}

/** Signs out by the menu. */
export async function signOut(page: Page): Promise<void> {
  await openMenu(page)
  await page.locator('form[action="/console/sign-out"] button').click()
}

/** Adds to-dos with the form. */
export async function add(page: Page, ...all: string[]): Promise<void> {
  for (const contents of all) {
    await page.locator('.add [name=contents]').fill(contents)
    await page.locator('.add button').click()
    await page.locator('#todos').getByText(contents, { exact: true }).waitFor()
  }
}

/** Types a code. The script sends it by itself; where there is none, Enter does. */
export async function typeCode(page: Page, code: string | null): Promise<void> {
  const field = page.locator('[name=code]')
  await field.waitFor()
  // The script runs before the page counts as loaded.
  await page.waitForLoadState()
  await field.fill(code ?? '')
  if (!runsScripts(page)) await field.press('Enter')
}
