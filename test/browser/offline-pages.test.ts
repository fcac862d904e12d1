import type { BrowserContext, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { en } from '../../src/console/texts/en'
import { keepTexts } from '../../src/console/texts/en/keep'
import { ko } from '../../src/console/texts/ko'
import { keepTexts as koKeepTexts } from '../../src/console/texts/ko/keep'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, ORIGIN } from './browser'
import { add, openMenu, PASSWORD, signOut, signUp } from './people'

/* To-dos that are kept on the device: the pages in Chromium, with the network off and on. */

const t = { ...en.offline, ...keepTexts }

/** Says once that the to-dos may be kept here, and goes back to the list. */
async function keep(page: Page): Promise<void> {
  await page.goto('/console/offline-copy')
  await page.getByRole('button', { name: t.turnOn }).click()
  await page.getByText(/kept on this device\.$/).waitFor()
  await page.goto('/console')
}

const row = (page: Page, contents: string) => page.locator('.todo', { hasText: contents })

interface ApiTodo {
  contents: string
  isDone: boolean
  due: string | null
  labels: string[]
}

/** Asks the API, past the service worker. */
async function onServer(context: BrowserContext): Promise<ApiTodo[]> {
  const answer = await context.request.get('/api/v1/todos?order=ASC')
  return (await answer.json()).todos
}

/** Everything that this browser keeps for the pages, as one text. */
const storedIn = (page: Page): Promise<string> =>
  page.evaluate(`(async () => {
    const all = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })]
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) all.push(request.url, await (await cache.match(request)).text())
    }
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve) => { const asked = indexedDB.open(name); asked.onsuccess = () => resolve(asked.result) })
      for (const table of database.objectStoreNames) {
        const read = database.transaction(table).objectStore(table).getAll()
        await new Promise((resolve) => { read.onsuccess = resolve })
        all.push(JSON.stringify(read.result))
      }
      database.close()
    }
    all.push((await navigator.serviceWorker.getRegistrations()).length + ' workers')
    return all.join('\\n')
  })()`)

describeInBrowser('to-dos that are kept on the device', () => {
  it('open, and are added and completed without a network, and are on the server once when it is back', async () => {
    const page = await signUp('keeper')
    const context = page.context()
    await add(page, 'Buy milk', 'Water the plants')
    await keep(page)

    await context.setOffline(true)
    await page.goto('/console')
    await page.getByText(t.noNetwork).waitFor()
    await row(page, 'Buy milk').waitFor()
    await page.getByRole('button', { name: t.complete('Buy milk') }).click()
    await row(page, 'Buy milk').getByText(t.waiting).waitFor()
    await page.getByLabel(t.new).fill('call mum tomorrow 5pm #family')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Tomorrow' }).waitFor()
    await row(page, 'call mum').getByText('#family').waitFor()
    await expectAccessibleInEveryLook(page)
    // Still here after the page was loaded again.
    await page.reload()
    await row(page, 'call mum').getByText(t.waiting).waitFor()
    await page.getByRole('button', { name: t.reopen('Buy milk') }).waitFor()

    await context.setOffline(false)
    // The page goes on by itself to the real one.
    await page.locator('form.add[data-user]').waitFor()
    await page.getByRole('link', { name: 'call mum' }).waitFor()
    const todos = await onServer(context)
    expect(todos.map(({ contents, isDone, labels }) => ({ contents, isDone, labels }))).toEqual([
      { contents: 'Buy milk', isDone: true, labels: [] },
      { contents: 'Water the plants', isDone: false, labels: [] },
      { contents: 'call mum', isDone: false, labels: ['family'] },
    ])
    expect(todos[2]?.due).toMatch(/^\d{4}-\d\d-\d\dT17:00:00\[UTC\]$/)
  })

  it('are kept of nobody who has not asked for it', async () => {
    const page = await signUp('not-a-keeper')
    await add(page, 'Buy milk')
    await page.reload()
    await page.getByRole('link', { name: 'Buy milk' }).waitFor()
    const stored = await storedIn(page)
    expect(stored).not.toContain('Buy milk')
    expect(stored).not.toContain('latchkey/kept')
    expect(stored).toContain('\n0 workers')
  })

  it('are not in what the service worker keeps, and go away when somebody turns it off', async () => {
    const page = await signUp('keeper-off')
    await add(page, 'Buy milk')
    await keep(page)
    const caches =
      /[^\n]*\/console\/(?:offline|console|keep|icon|manifest)[\s\S]*?(?=\n\[)/.exec(await storedIn(page))?.[0] ?? ''
    expect(caches).toContain('data-shell')
    expect(caches).not.toMatch(/Buy milk|keeper-off|data-user="/)

    await page.goto('/console/offline-copy')
    await page.getByRole('button', { name: t.turnOff }).click()
    await page.getByText(t.removed).waitFor()
    const stored = await storedIn(page)
    expect(stored).not.toMatch(/Buy milk|latchkey\/kept|data-shell/)
    expect(stored).toContain('\n0 workers')
  })

  it('are locked when the server has ended the session, and open and are sent when their owner is back', async () => {
    const page = await signUp('locked-keeper')
    const context = page.context()
    await add(page, 'Secret plan')
    await keep(page)
    await context.setOffline(true)
    await page.goto('/console')
    await page.getByLabel(t.new).fill('Waits')
    await page.keyboard.press('Enter')
    await row(page, 'Waits').getByText(t.waiting).waitFor()

    await endAllSessions('locked-keeper')
    await context.setOffline(false)
    await page.getByText(t.locked('locked-keeper')).waitFor()
    expect(await page.locator('main').textContent()).not.toMatch(/Secret plan|Waits/)
    await context.setOffline(true)
    await page.goto('/console')
    await page.getByText(t.locked('locked-keeper')).waitFor()
    expect(await page.locator('main').textContent()).not.toMatch(/Secret plan|Waits/)
    await expectAccessibleInEveryLook(page)

    await context.setOffline(false)
    // The page goes on by itself to the sign-in.
    await page.waitForURL('**/console/sign-in')
    await signInHere(page, 'locked-keeper')
    await page.getByText(t.sent(1)).waitFor()
    await page.getByRole('link', { name: 'Waits' }).waitFor()
    expect((await onServer(context)).map(({ contents }) => contents)).toEqual(['Secret plan', 'Waits'])
    await context.setOffline(true)
    await page.goto('/console')
    await row(page, 'Secret plan').waitFor()
  })

  it('are neither shown nor sent nor deleted while somebody else uses the browser', async () => {
    const page = await signUp('first-keeper')
    const context = page.context()
    await add(page, 'Secret plan')
    await keep(page)
    await context.setOffline(true)
    await page.goto('/console')
    await page.getByLabel(t.new).fill('Waits')
    await page.keyboard.press('Enter')
    await row(page, 'Waits').getByText(t.waiting).waitFor()

    await context.clearCookies()
    await context.setOffline(false)
    await page.getByText(t.locked('first-keeper')).waitFor()
    await page.goto('/console/sign-up')
    await page.locator('[name=username]').fill('second-person')
    await page.locator('[name=password]').fill(PASSWORD)
    await page.locator('main [type=submit]').click()
    await page.locator('.add').waitFor()
    await expect.poll(() => page.evaluate("localStorage.getItem('latchkey/last')")).toBeNull()
    await context.setOffline(true)
    await page.goto('/console')
    await page.getByText(t.lockedOther).waitFor()
    expect(await page.locator('main').textContent()).not.toMatch(/Secret plan|Waits|first-keeper/)
    await context.setOffline(false)
    await page.locator('form.add[data-user]').waitFor()
    expect(await onServer(context)).toEqual([])

    await signOut(page)
    await page.getByText(en.notices.signed_out).waitFor()
    await signInHere(page, 'first-keeper')
    await page.getByText(t.sent(1)).waitFor()
    expect((await onServer(context)).map(({ contents }) => contents)).toEqual(['Secret plan', 'Waits'])
  })

  it('are sent before a sign-out, which asks first if that fails, and deletes them', async () => {
    const page = await signUp('leaving-keeper')
    const context = page.context()
    await add(page, 'Buy milk')
    await keep(page)
    await context.setOffline(true)
    await page.goto('/console')
    await page.getByLabel(t.new).fill('Waits')
    await page.keyboard.press('Enter')
    await row(page, 'Waits').getByText(t.waiting).waitFor()
    const batch = '**/api/v1/todos/batch'
    await context.route(batch, (route) =>
      route.fulfill({ status: 429, headers: { 'Retry-After': '60' }, json: { code: 'too_many_requests' } }),
    )
    await context.setOffline(false)
    await page.goto('/console/account')

    const dialog = page.getByRole('dialog', { name: t.leaving(1) })
    await signOut(page)
    await dialog.waitFor()
    await expectAccessibleInEveryLook(page)
    await dialog.getByRole('button', { name: t.stay }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await storedIn(page)).toContain('Waits')

    await signOut(page)
    await dialog.waitFor()
    await context.unroute(batch)
    await dialog.getByRole('button', { name: t.tryAgain }).click()
    await page.getByText(en.notices.signed_out).waitFor()
    expect(await storedIn(page)).not.toMatch(/Buy milk|Waits|leaving-keeper/)
    await page.goBack()
    await expect.poll(() => page.url()).toContain('/console/sign-in')

    // The next sign-in of the same user fills it again: they have said so once.
    await signInHere(page, 'leaving-keeper')
    expect((await onServer(context)).map(({ contents }) => contents)).toEqual(['Buy milk', 'Waits'])
    await expect.poll(() => storedIn(page)).toContain('Waits')
    await context.setOffline(true)
    await page.goto('/console')
    await row(page, 'Waits').waitFor()
  })

  it('are lost at a sign-out only after somebody has said so', async () => {
    const page = await signUp('losing-keeper')
    const context = page.context()
    await keep(page)
    await context.setOffline(true)
    await page.goto('/console')
    await page.getByLabel(t.new).fill('Waits')
    await page.keyboard.press('Enter')
    await row(page, 'Waits').getByText(t.waiting).waitFor()
    await context.route('**/api/v1/todos/batch', (route) =>
      route.fulfill({ status: 429, headers: { 'Retry-After': '60' }, json: { code: 'too_many_requests' } }),
    )
    await context.setOffline(false)
    const other = await context.newPage()
    await other.goto('/console/offline')
    await row(other, 'Waits').waitFor()
    await page.goto('/console/account')
    await signOut(page)
    await page.getByRole('dialog').getByRole('button', { name: t.lose }).click()
    await page.getByText(en.notices.signed_out).waitFor()
    expect(await storedIn(page)).not.toContain('Waits')
    await other.getByText(t.nothing).waitFor()
    expect(await row(other, 'Waits').count()).toBe(0)
  })

  it('are added in two tabs without a network, and each is on the server once', async () => {
    const page = await signUp('two-tab-keeper')
    const context = page.context()
    await keep(page)
    const other = await context.newPage()
    await context.setOffline(true)
    for (const [tab, contents] of [
      [page, 'One'],
      [other, 'Two'],
    ] as const) {
      await tab.goto('/console')
      await tab.getByLabel(t.new).fill(contents)
      await tab.keyboard.press('Enter')
    }
    for (const tab of [page, other]) {
      await row(tab, 'One').waitFor()
      await row(tab, 'Two').waitFor()
    }
    await other.getByRole('button', { name: t.delete('One') }).click()
    await row(page, 'One').waitFor({ state: 'detached' })
    await other.getByRole('button', { name: t.undo }).click()
    await row(page, 'One').waitFor()
    await context.setOffline(false)
    for (const tab of [page, other]) await tab.locator('form.add[data-user]').waitFor()
    expect((await onServer(context)).map(({ contents }) => contents).toSorted()).toEqual(['One', 'Two'])
  })

  it('say why the server did not take one, and can be sent again or given up', async () => {
    const page = await signUp('refused-keeper')
    const context = page.context()
    await keep(page)
    await context.setOffline(true)
    await page.goto('/console')
    for (const contents of ['One', 'Two']) {
      await page.getByLabel(t.new).fill(contents)
      await page.keyboard.press('Enter')
      await row(page, contents).waitFor()
    }
    const batch = '**/api/v1/todos/batch'
    await context.route(batch, (route) => route.fulfill({ status: 403, json: { code: 'quota_exceeded' } }))
    await context.setOffline(false)
    await expect.poll(() => page.getByText(t.noRoom).count()).toBe(2)
    await page.getByText(t.back).waitFor()
    await expectAccessibleInEveryLook(page)
    await row(page, 'Two').getByRole('button', { name: t.discard }).click()
    await row(page, 'Two').waitFor({ state: 'detached' })
    await context.unroute(batch)
    await row(page, 'One').getByRole('button', { name: t.retry }).click()
    await page.getByRole('link', { name: 'One', exact: true }).waitFor()
    expect((await onServer(context)).map(({ contents }) => contents)).toEqual(['One'])
  })

  it('are shown as text, and what was typed stays when the device is full', async () => {
    const page = await signUp('full-keeper')
    const contents = '<img src=x onerror="document.title=1"> & "quotes"'
    await add(page, contents)
    await keep(page)
    await page.context().setOffline(true)
    await page.goto('/console')
    await row(page, contents).waitFor()
    await page.evaluate('IDBObjectStore.prototype.put = function () { this.transaction.abort() }')
    await page.getByLabel(t.new).fill('No room')
    await page.keyboard.press('Enter')
    await page.getByText(t.notSaved).waitFor()
    expect(await page.getByLabel(t.new).inputValue()).toBe('No room')
    await page.reload()
    await expect.poll(() => page.getByLabel(t.new).inputValue()).toBe('No room')
  })

  it('are shown after some seconds when the network is slow, and the real page when it comes', async () => {
    const page = await signUp('slow-keeper')
    const context = page.context()
    await add(page, 'Buy milk')
    await keep(page)
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    const slowDown = (latency: number) =>
      session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency,
        downloadThroughput: -1,
        uploadThroughput: -1,
      })
    await slowDown(8000)
    await page.goto('/console')
    await page.locator('[data-shell] .todo').waitFor()
    await slowDown(0)
    await page.locator('form.add[data-user]').waitFor()
  })

  it('are shown in the language that was chosen last', async () => {
    const page = await signUp('korean-keeper')
    await keep(page)
    await openMenu(page)
    await page.getByRole('button', { name: '한국어' }).click()
    await page.locator('html[lang=ko] form.add').waitFor()
    await expect.poll(() => page.evaluate("localStorage.getItem('latchkey/look')")).toContain('"ko"')
    await page.context().setOffline(true)
    await page.goto('/console')
    await page.getByText(koKeepTexts.noNetwork).waitFor()
    await page.getByLabel(ko.offline.new).fill('내일 오후 5시 엄마에게 전화 #가족')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '내일' }).waitFor()
    await row(page, '엄마에게 전화').getByText('#가족').waitFor()
  })

  it('are not offered where the browser has no service workers', async () => {
    const page = await signUp('no-service-workers')
    await page.addInitScript('delete Navigator.prototype.serviceWorker')
    await page.goto('/console/offline-copy')
    await page.getByText(t.notPossible).waitFor()
    await page.getByRole('button', { name: t.turnOn }).waitFor({ state: 'hidden' })
    await expectAccessibleInEveryLook(page)
  })

  it('cannot be seen instead of what the server has, and the worker goes when the server has it no more', async () => {
    const page = await signUp('stale-keeper')
    const context = page.context()
    await keep(page)
    await page.evaluate(`(async () => {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys()) await cache.put(request, new Response('An old version'))
      }
    })()`)
    await add(page, 'Buy milk')
    await page.reload()
    await page.getByRole('link', { name: 'Buy milk' }).waitFor()
    expect(await page.evaluate("document.querySelector('main').textContent")).not.toContain('An old version')
    await add(page, 'With the script of today')

    await page.evaluate(`(async () => {
      for (const name of await caches.keys()) await (await caches.open(name)).delete('/console-worker.js')
    })()`)
    await context.route('**/console-worker.js', (route) => route.fulfill({ status: 404, body: '' }))
    await page.reload()
    await expect.poll(() => storedIn(page)).not.toContain('An old version')
  })
})

describeInBrowser('a sign-out', () => {
  it('asks first, also where nothing is kept, if a text in the list is not sent yet', async () => {
    const page = await signUp('unsent-leaver')
    const context = page.context()
    await context.setOffline(true)
    await page.locator('.add [name=contents]').fill('Waits')
    await page.keyboard.press('Enter')
    await page.locator('.unsent', { hasText: 'Waits' }).waitFor()
    await context.route('**/console/todos', (route) => route.fulfill({ status: 429, body: '' }))
    await context.setOffline(false)
    await signOut(page)
    const dialog = page.getByRole('dialog', { name: t.leaving(1) })
    await dialog.waitFor()
    await context.unroute('**/console/todos')
    await dialog.getByRole('button', { name: t.tryAgain }).click()
    await page.getByText(en.notices.signed_out).waitFor()
    await signInHere(page, 'unsent-leaver')
    expect((await onServer(context)).map(({ contents }) => contents)).toEqual(['Waits'])
  })
})

describeInBrowser('a sign-out with a draft', () => {
  it('asks before what stands in the field is lost', async () => {
    const page = await signUp('half-typed')
    const field = page.locator('.add [name=contents]')
    await field.fill('Half a thou')
    await signOut(page)
    const dialog = page.getByRole('dialog', { name: t.leaving(1) })
    await dialog.getByRole('button', { name: t.stay }).click()
    expect(await field.inputValue()).toBe('Half a thou')
  })
})

describeInBrowser('the pages as an app', () => {
  it('can be installed', async () => {
    const page = await signUp('installer')
    const session = await page.context().newCDPSession(page)
    const worker = await page.request.get('/console-worker.js')
    // One policy, which is not that of other files: with that, the worker could ask for nothing.
    expect(worker.headers()['content-security-policy']).toBe(
      "default-src 'none'; connect-src 'self'; frame-ancestors 'none'",
    )
    const { errors, data } = await session.send('Page.getAppManifest')
    expect(errors).toEqual([])
    expect(JSON.parse(data ?? '')).toMatchObject({ start_url: '/console', display: 'standalone' })
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
    // Each test has a browser of its own, which Chromium takes for a private window.
    expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])
  })
})

/** Signs in in this browser, by the pages. */
async function signInHere(page: Page, username: string): Promise<void> {
  await page.goto('/console/sign-in/password')
  await page.locator('[name=identifier]').fill(username)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.locator('main [type=submit]').click()
  await page.locator('form.add[data-user]').waitFor()
}

/** From another device. */
async function endAllSessions(username: string): Promise<void> {
  const post = (path: string, json: object, headers = {}) =>
    fetch(`${ORIGIN}/api/v1/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(json),
    })
  const answer = await post('auth/log-in', { identifier: username, password: PASSWORD, tokens: 'body' })
  const { accessToken } = z.object({ accessToken: z.string() }).parse(await answer.json())
  const ended = await fetch(`${ORIGIN}/api/v1/auth/sessions`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${accessToken}` },
  })
  expect(ended.status).toBe(204)
}
