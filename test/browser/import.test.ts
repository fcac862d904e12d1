import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser } from './browser'
import { signUp } from './people'

/** From the folder in which the tests run. */
const TODOIST = 'test/todos/import/files/todoist.csv'

describeInBrowser('importing a file', () => {
  it.each([true, false])('shows what becomes of it, and then does it (JavaScript: %s)', async (javaScriptEnabled) => {
    const page = await signUp(`importer-${javaScriptEnabled}`, { javaScriptEnabled })
    await page.getByRole('link', { name: en.import.link }).click()
    await page.getByLabel(en.import.file).setInputFiles(TODOIST)
    await page.getByRole('button', { name: en.import.preview }).click()
    await page.getByRole('heading', { level: 1, name: en.import.previewTitle }).waitFor()
    await page.getByRole('cell', { name: 'Renew the passport' }).waitFor()
    if (javaScriptEnabled) await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: en.import.run, exact: true }).click()
    await page.locator('.progress').getByText(en.import.done).waitFor()
    await page.getByRole('link', { name: 'Renew the passport' }).waitFor()
    if (javaScriptEnabled) await expectAccessibleInEveryLook(page)
    await page.getByRole('link', { name: en.import.toTodos }).click()
    await page.locator('#todos').getByRole('link', { name: 'Renew the passport' }).waitFor()
    const { todos } = await (await page.request.get('/api/v1/todos?limit=100')).json()
    expect(todos).toHaveLength(10)
  })

  it('shows the newest step of a page that is still coming', async () => {
    const page = await signUp('importer-in-parts')
    await page.evaluate(`document.open()
      document.write('<link rel="stylesheet" href="/console/console.css"><div class="progress"><p>One</p><p>Two</p>')`)
    const shown = () => page.evaluate("document.querySelector('.progress')?.innerText.trim()")
    await expect.poll(shown).toBe('Two')
    await page.evaluate("document.write('<p>Three</p>')")
    await expect.poll(shown).toBe('Three')
  })

  it('shows how far it is while it goes on, only the last step', async () => {
    const page = await signUp('importer-of-many')
    await page.goto('/console/todos/import')
    await expectAccessibleInEveryLook(page)
    const lines = Array.from({ length: 1203 }, (_, n) => `No. ${n}`).join('\n')
    await page
      .getByLabel(en.import.file)
      .setInputFiles({ name: 'todo.txt', mimeType: 'text/plain', buffer: Buffer.from(lines) })
    await page.getByRole('button', { name: en.import.preview }).click()
    await page.getByText(en.import.showAll('1,203')).waitFor()
    await page.getByRole('button', { name: en.import.run, exact: true }).click()
    await page.locator('.progress').getByText(en.import.done).waitFor()
    const steps = page.getByText(/ of 1,203 to-dos/)
    expect(await steps.count()).toBe(3)
    for (const step of await steps.all()) await step.waitFor({ state: 'hidden' })
  })
})

describeInBrowser('the page of lists', () => {
  it.each([true, false])('makes, moves and deletes lists (JavaScript: %s)', async (javaScriptEnabled) => {
    const page = await signUp(`lister-${javaScriptEnabled}`, { javaScriptEnabled })
    await page.locator('.views').getByRole('link', { name: en.lists.make }).click()
    for (const name of ['Home', '장보기']) {
      await page.getByLabel(en.lists.new).fill(name)
      await page.getByRole('button', { name: en.todos.add }).click()
      await page.getByRole('link', { name, exact: true }).waitFor()
    }
    await page.getByRole('button', { name: en.lists.up('장보기') }).click()
    await expect.poll(() => page.locator('.lists li > a:first-child').allTextContents()).toEqual(['장보기', 'Home'])
    if (javaScriptEnabled) await expectAccessibleInEveryLook(page)
    await page.getByRole('link', { name: en.lists.editNamed('Home') }).click()
    if (javaScriptEnabled) await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: en.lists.delete }).click()
    await expect.poll(() => page.locator('.lists li').count()).toBe(1)
  })
})
