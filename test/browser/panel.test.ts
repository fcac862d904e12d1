import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser } from './browser'
import { add, PASSWORD, signUp } from './people'

const panel = (page: Page) => page.locator('dialog.panel-dialog[open]')
const contents = (page: Page) => page.locator('.edit-form [name=contents]')
const description = (page: Page) => page.locator('.edit-form [name=description]')
const status = (page: Page) => page.locator('.panel-head [role=status]')
const says = (page: Page, text: string) => status(page).getByText(text, { exact: true }).waitFor()
const row = (page: Page, text: string) => page.locator('main li.todo', { hasText: text })

/** Opens a to-do of the list in the panel. */
async function open(page: Page, text: string): Promise<void> {
  await page.getByRole('link', { name: text, exact: true }).click()
  await panel(page).locator('.edit-form').waitFor()
}

/** Somebody with one to-do, which is open in the panel. */
async function openFirst(username: string, text = 'Buy milk'): Promise<Page> {
  const page = await signUp(username)
  await add(page, text)
  await open(page, text)
  return page
}

const SAVES = /\/console\/todos\/[\da-f-]{36}/

/** Answers to what the form sends take so long (ms). Says how many were sent, and how many at once. */
async function slowDown(page: Page, ms: number) {
  const sent = { all: 0, now: 0, mostAtOnce: 0 }
  await page.route(SAVES, async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    sent.all++
    sent.now++
    sent.mostAtOnce = Math.max(sent.mostAtOnce, sent.now)
    await new Promise((resolve) => setTimeout(resolve, ms))
    await route.continue().catch(() => undefined)
    sent.now--
  })
  return sent
}

/** What the server has. */
async function saved(page: Page, text: string): Promise<Record<string, unknown>> {
  const answer = await page.request.get('/api/v1/todos')
  const { todos } = await answer.json()
  return todos.find((todo: { contents: string }) => todo.contents === text) ?? {}
}

/** Expects that the server soon has this. */
const eventually = (page: Page, text: string, todo: object) =>
  expect.poll(() => saved(page, text), { timeout: 10_000 }).toMatchObject(todo)

describeInBrowser('the panel', () => {
  it('opens at the address of the to-do, saves as one types, and closes by Escape with the focus where it was', async () => {
    const page = await openFirst('panel-opener')
    expect(new URL(page.url()).pathname).toMatch(SAVES)
    await contents(page).fill('Buy oat milk')
    await says(page, en.panel.saved)
    await row(page, 'Buy oat milk').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console')
    await page.locator('main .contents:focus', { hasText: 'Buy oat milk' }).waitFor()
    expect(await saved(page, 'Buy oat milk')).toMatchObject({ version: 2 })
  })

  it('goes with the back and forward buttons, and a reload shows the page of the to-do', async () => {
    const page = await openFirst('panel-traveller')
    await page.goBack()
    await panel(page).waitFor({ state: 'detached' })
    await page.goForward()
    await panel(page).locator('.edit-form').waitFor()
    await page.reload()
    await page.locator('main .edit-form').waitFor()
    await page.goBack()
    await page.locator('.add').waitFor()
    expect(new URL(page.url()).pathname).toBe('/console')
  })

  it('opens a new tab if a key asks for that', async () => {
    const page = await signUp('panel-tabs')
    await add(page, 'Buy milk')
    const tab = page.context().waitForEvent('page')
    await page.getByRole('link', { name: 'Buy milk' }).click({ modifiers: ['Control'] })
    await (await tab).locator('main .edit-form').waitFor()
    expect(await panel(page).count()).toBe(0)
  })

  it('loses no letter that is typed while it saves, and sends one request at a time', async () => {
    const page = await openFirst('panel-typist')
    const sent = await slowDown(page, 1200)
    await contents(page).focus()
    await page.keyboard.press('End')
    await page.keyboard.type(' and bread', { delay: 80 })
    await page.waitForTimeout(900)
    await page.keyboard.type(', and butter, and eggs', { delay: 80 })
    const text = 'Buy milk and bread, and butter, and eggs'
    await eventually(page, text, { contents: text })
    await says(page, en.panel.saved)
    expect(await contents(page).inputValue()).toBe(text)
    expect(sent.mostAtOnce).toBe(1)
    expect(sent.all).toBe(2)
  })

  it('completes subtasks that are pressed one after the other while it saves, and the focus stays', async () => {
    const page = await openFirst('panel-presser')
    for (const name of ['Oat milk', 'Soy milk']) {
      await page.locator('[name=subtask]').fill(name)
      await page.keyboard.press('Enter')
      await panel(page).getByRole('link', { name }).waitFor()
    }
    const sent = await slowDown(page, 800)
    await description(page).fill('Two litres')
    await panel(page)
      .getByRole('button', { name: en.todos.complete('Oat milk') })
      .click()
    const soyMilk = panel(page).getByRole('button', { name: en.todos.complete('Soy milk') })
    for (const _ of Array(12)) await soyMilk.click()
    await panel(page)
      .getByRole('button', { name: en.todos.reopen('Soy milk') })
      .waitFor()
    await eventually(page, 'Oat milk', { isDone: true })
    await eventually(page, 'Soy milk', { isDone: true })
    await eventually(page, 'Buy milk', { description: 'Two litres' })
    expect(sent.mostAtOnce).toBe(1)
    await panel(page)
      .getByRole('button', { name: en.todos.reopen('Soy milk') })
      .and(page.locator(':focus'))
      .waitFor()
  })

  it('loses nothing that was typed when a subtask is completed or deleted, without a script', async () => {
    const page = await signUp('panel-scriptless', { javaScriptEnabled: false })
    await add(page, 'Buy milk')
    await page.getByRole('link', { name: 'Buy milk', exact: true }).click()
    await page.locator('[name=subtask]').fill('Oat milk')
    await page.keyboard.press('Enter')
    await description(page).fill('Two litres')
    await page.getByRole('button', { name: en.todos.complete('Oat milk') }).click()
    await page.getByRole('button', { name: en.todos.reopen('Oat milk') }).waitFor()
    expect(await description(page).inputValue()).toBe('Two litres')
    await description(page).fill('Three litres')
    await page.getByRole('button', { name: en.todos.deleteNamed('Oat milk') }).click()
    await contents(page).fill('Buy a lot of milk')
    await page.getByRole('button', { name: en.todos.undo }).click()
    await page.getByRole('link', { name: 'Oat milk' }).waitFor()
    expect(await description(page).inputValue()).toBe('Three litres')
    expect(await contents(page).inputValue()).toBe('Buy a lot of milk')
  })

  it('waits for the rule when somebody wants one of their own, and says so if it is missing', async () => {
    const page = await openFirst('panel-ruler')
    await panel(page).getByRole('button', { name: en.panel.dueQuick.tomorrow }).click()
    await says(page, en.panel.saved)
    const sent = await slowDown(page, 300)
    const rule = panel(page).getByLabel(en.todos.rule, { exact: true })
    await panel(page).getByLabel(en.todos.repeat).selectOption('own')
    await rule.focus()
    await contents(page).fill('Water the plants')
    await eventually(page, 'Water the plants', { recurrence: null })
    expect(sent.all).toBe(1)
    await rule.waitFor()
    await panel(page).getByRole('button', { name: en.save, exact: true }).click()
    await page.locator('#edit-rule-fault').waitFor()
    await rule.pressSequentially('FREQ=DAILY;INTERVAL=2', { delay: 40 })
    await eventually(page, 'Water the plants', { recurrence: 'FREQ=DAILY;INTERVAL=2' })
    await says(page, en.panel.saved)
    expect(await page.locator('.edit-form .fault').count()).toBe(0)
  })

  it('waits for the syllables of an input method', async () => {
    const page = await openFirst('panel-composer')
    const sent = await slowDown(page, 0)
    await contents(page).fill('')
    await contents(page).focus()
    const cdp = await page.context().newCDPSession(page)
    for (const text of ['ㅇ', '우', '웅', '우유']) {
      await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
    }
    await page.waitForTimeout(1500)
    expect(sent.all).toBe(0)
    await cdp.send('Input.insertText', { text: '우유' })
    await says(page, en.panel.saved)
    expect(await contents(page).inputValue()).toBe('우유')
    expect(await saved(page, '우유')).toMatchObject({ contents: '우유' })
  })

  it('keeps on trying without a network, and keeps a draft', async () => {
    const page = await openFirst('panel-tunnel')
    await page.context().setOffline(true)
    await contents(page).fill('Buy oat milk')
    await says(page, en.panel.unsaved)
    await page.context().setOffline(false)
    await says(page, en.panel.saved)
    expect(await saved(page, 'Buy oat milk')).toMatchObject({ version: 2 })
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  it('does not end at an error page if Save is pressed without a network', async () => {
    const page = await openFirst('panel-offline')
    const address = page.url()
    await page.goto(address)
    await page.context().setOffline(true)
    await contents(page).fill('Buy oat milk')
    await page.getByRole('button', { name: en.save }).click()
    await says(page, en.panel.unsaved)
    await page.getByRole('button', { name: en.panel.tryAgain }).waitFor()
    expect(await contents(page).inputValue()).toBe('Buy oat milk')
    await page.context().setOffline(false)
    await says(page, en.panel.saved)
    await page.getByRole('button', { name: en.save }).click()
    await row(page, 'Buy oat milk').waitFor()
  })

  it('marks the row of what could not be saved, and offers it the next time', async () => {
    const page = await openFirst('panel-draft')
    await page.context().setOffline(true)
    await description(page).fill('Two litres')
    await says(page, en.panel.unsaved)
    await page.keyboard.press('Escape')
    await row(page, 'Buy milk').getByText(en.panel.notSaved).waitFor()
    await page.context().setOffline(false)
    await open(page, 'Buy milk')
    await panel(page).getByText('Two litres').waitFor()
    await expectAccessibleInEveryLook(page)
    await panel(page).getByRole('button', { name: en.panel.useDraft }).click()
    await says(page, en.panel.saved)
    expect(await description(page).inputValue()).toBe('Two litres')
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  it('asks before a page is left on which something is not saved', async () => {
    const page = await openFirst('panel-leaver')
    await page.goto(page.url())
    await page.context().setOffline(true)
    await contents(page).click()
    await page.keyboard.type('!')
    await says(page, en.panel.unsaved)
    const asked = page.waitForEvent('dialog')
    const left = page.close({ runBeforeUnload: true })
    const dialog = await asked
    expect(dialog.type()).toBe('beforeunload')
    await dialog.dismiss()
    await left
  })

  it('says that one is signed out, and has the draft after the next sign-in', async () => {
    const page = await openFirst('panel-expired')
    await page.context().clearCookies()
    await contents(page).fill('Buy oat milk')
    await says(page, en.panel.signedOut)
    await page.getByRole('link', { name: en.panel.signIn }).click()
    await page.getByRole('link', { name: en.signIn.usePassword }).click()
    await page.locator('[name=identifier]').fill('panel-expired')
    await page.locator('[name=password]').fill(PASSWORD)
    await page.locator('main [type=submit]').click()
    await page.locator('.draft').getByText('Buy oat milk').waitFor()
    await page.getByRole('button', { name: en.panel.useDraft }).click()
    await says(page, en.panel.saved)
    expect(await contents(page).inputValue()).toBe('Buy oat milk')
  })

  it('shows both versions if another tab has saved first, and loses neither', async () => {
    const page = await openFirst('panel-two-tabs')
    const other = await page.context().newPage()
    await other.goto(page.url())
    await contents(other).fill('Buy soy milk')
    await says(other, en.panel.saved)
    await contents(page).fill('Buy oat milk')
    await page.getByText(en.todos.conflictText).waitFor()
    expect(await page.getByRole('region', { name: en.todos.theirs }).textContent()).toContain('Buy soy milk')
    expect(await contents(page).inputValue()).toBe('Buy oat milk')
    await expectAccessibleInEveryLook(page)
    // Nothing is saved over the other version until somebody says so.
    await contents(page).pressSequentially('!')
    await page.waitForTimeout(1500)
    expect(await saved(page, 'Buy soy milk')).toMatchObject({ version: 2 })
    await page.getByRole('button', { name: en.todos.keepYours }).click()
    await says(page, en.panel.saved)
    expect(await saved(page, 'Buy oat milk!')).toMatchObject({ version: 3 })
    expect(await page.getByText(en.todos.conflictText).count()).toBe(0)
  })

  it('makes a new to-do of one that was deleted elsewhere', async () => {
    const page = await openFirst('panel-undead')
    const { id, version } = await saved(page, 'Buy milk')
    await page.request.delete(`/api/v1/todos/${id}`, { headers: { 'If-Match': `"${version}"` } })
    await contents(page).fill('Buy oat milk')
    await page.getByText(en.panel.gone).waitFor()
    expect(await contents(page).inputValue()).toBe('Buy oat milk')
    await page.getByRole('button', { name: en.panel.makeNew }).click()
    await says(page, en.panel.saved)
    expect(await saved(page, 'Buy oat milk')).toMatchObject({ version: 1 })
    await description(page).fill('Two litres')
    await eventually(page, 'Buy oat milk', { description: 'Two litres' })
  })

  it('says at the field what is wrong', async () => {
    const page = await openFirst('panel-wrong')
    await contents(page).fill('')
    await page.locator('#edit-contents-fault').waitFor()
    await expectAccessibleInEveryLook(page)
    await contents(page).fill('Buy bread')
    await says(page, en.panel.saved)
    expect(await page.locator('.edit-form .fault').count()).toBe(0)
  })

  it('has buttons for days, chips for labels, and subtasks', async () => {
    const page = await openFirst('panel-user')
    await panel(page).getByRole('button', { name: en.panel.dueQuick.tomorrow }).click()
    await says(page, en.panel.saved)
    expect(await page.locator('[name=dueDay]').inputValue()).not.toBe('')
    await panel(page).getByRole('button', { name: en.panel.dueQuick.none }).click()
    await expect.poll(() => page.locator('[name=dueDay]').inputValue()).toBe('')

    await page.locator('[name=newLabels]').fill('home, shop')
    await page.keyboard.press('Enter')
    await row(page, '#shop').waitFor()
    expect(await page.locator('[name=newLabels]').inputValue()).toBe('')
    // The chip goes with its label, so nothing could see it unchecked.
    await panel(page).getByRole('checkbox', { name: '#home' }).click()
    await eventually(page, 'Buy milk', { labels: ['shop'] })

    await description(page).pressSequentially('Two litres')
    await page.locator('[name=subtask]').fill('Oat milk')
    await page.keyboard.press('Enter')
    const subtask = panel(page).locator('li.todo', { hasText: 'Oat milk' })
    await subtask.waitFor()
    expect(await saved(page, 'Buy milk')).toMatchObject({ description: 'Two litres' })
    await subtask.getByRole('button', { name: en.todos.complete('Oat milk') }).click()
    await panel(page)
      .getByRole('button', { name: en.todos.reopen('Oat milk') })
      .waitFor()
    await panel(page)
      .getByRole('button', { name: en.todos.deleteNamed('Oat milk') })
      .click()
    await subtask.waitFor({ state: 'detached' })
    await panel(page).getByRole('button', { name: en.todos.undo }).click()
    await subtask.waitFor()
    await expectAccessibleInEveryLook(page)
    await contents(page).press('Control+Enter')
    await panel(page).waitFor({ state: 'detached' })
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console')
  })

  it('suggests labels of other to-dos', async () => {
    const page = await signUp('panel-labels')
    await add(page, 'Buy bread')
    await page.request.post('/api/v1/todos', { data: { contents: 'Buy milk', labels: ['home', 'a, b'] } })
    await page.reload()
    await open(page, 'Buy bread')
    const options = page.locator('#edit-suggestions option')
    expect(await options.evaluateAll((all) => all.map((one) => one.getAttribute('value')))).toEqual(['a, b', 'home'])
  })

  it('deletes the to-do, which can be undone', async () => {
    const page = await openFirst('panel-deleter')
    await panel(page).getByRole('button', { name: en.todos.delete, exact: true }).click()
    await page.getByRole('button', { name: en.todos.undo }).click()
    await row(page, 'Buy milk').waitFor()
    expect(new URL(page.url()).pathname).toBe('/console')
  })
})

describeInBrowser('the page of a to-do', () => {
  it('does the same without a script', async () => {
    const page = await signUp('panel-plain', { javaScriptEnabled: false })
    await page.locator('.add [name=contents]').fill('Buy milk')
    await page.locator('.add button[type=submit]').first().click()
    await page.getByRole('link', { name: 'Buy milk' }).click()
    await description(page).fill('Two litres')
    await page.getByRole('button', { name: en.panel.dueQuick.today }).click()
    expect(await description(page).inputValue()).toBe('Two litres')
    expect(await page.locator('[name=dueDay]').inputValue()).not.toBe('')

    await contents(page).fill('Buy oat milk')
    await page.locator('[name=subtask]').fill('Two bottles')
    await page.keyboard.press('Enter')
    await page.locator('.subtasks-of li', { hasText: 'Two bottles' }).waitFor()
    expect(await contents(page).inputValue()).toBe('Buy oat milk')
    await page.locator('[name=newLabels]').fill('home')
    await page.keyboard.press('Enter')
    await row(page, '#home').waitFor()
    await row(page, en.todos.hasDescription).waitFor()
  })

  it('shows a mark for a description, and three lines of long contents', async () => {
    const page = await signUp('panel-lines')
    await page.request.post('/api/v1/todos', { data: { contents: 'word '.repeat(99), description: 'More' } })
    await page.goto('/console')
    expect(await page.locator('.chip.note').count()).toBe(1)
    const lines = await page.evaluate(
      "(({ clientHeight }, { lineHeight }) => clientHeight / parseFloat(lineHeight))(document.querySelector('main li .contents'), getComputedStyle(document.querySelector('main li .contents')))",
    )
    expect(lines).toBeCloseTo(3, 1)
  })
})
