import { build } from 'esbuild'
import type { BrowserContext, Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import app from '../../examples/offline-todos/app.ts?raw'
import html from '../../examples/offline-todos/index.html?raw'
import { describeInBrowser, openBrowser } from './browser'

/*
 * The offline to-dos of the client package in a browser: IndexedDB, two tabs, a page that is killed, a worker, and the example app.
 */

const ROOT = new URL('../..', import.meta.url).pathname
const PASSWORD = 'correct horse battery staple'

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    alias: {
      '@latchkey/client/offline': `${ROOT}packages/client/src/offline.ts`,
      '@latchkey/client': `${ROOT}packages/client/src/client.ts`,
    },
  })
  return outputFiles[0]?.text ?? ''
}

/** What a page or a worker starts with. It knows the user's id from its address, as it was when the user signed in. */
const START = `
  import { createClient } from '@latchkey/client'
  import { createOfflineTodos, indexedDbStore } from '@latchkey/client/offline'
  const client = createClient(location.origin)
  const open = () => createOfflineTodos({ client, userId: new URLSearchParams(location.search).get('user'), store: indexedDbStore('test') })
`

let files: Record<string, { body: string; contentType: string }> = {}

beforeAll(async () => {
  const empty = '<!doctype html><title>Test</title><script type="module" src="/offline/page.js"></script>'
  const javaScript = async (contents: string) => ({ contentType: 'text/javascript', body: await bundle(contents) })
  files = {
    '/offline/': { contentType: 'text/html', body: empty },
    '/offline/page.js': await javaScript(`${START} globalThis.client = client; globalThis.todos = open()`),
    '/offline/worker.js': await javaScript(`${START}
      const todos = await open()
      await todos.create({ contents: 'From a worker' })
      postMessage((await todos.sync()).state)`),
    '/example/': { contentType: 'text/html', body: html },
    '/example/app.js': await javaScript(app.replace("'http://localhost:8787'", 'location.origin')),
  }
})

/** Serves the files of this test beside the API, so that cookies work as they do for an app of the same origin. */
async function openOwnPages(): Promise<{ page: Page; context: BrowserContext }> {
  const page = await openBrowser()
  const context = page.context()
  for (const [path, file] of Object.entries(files)) {
    await context.route(
      ({ pathname }) => pathname === path,
      (route) => route.fulfill(file),
    )
  }
  return { page, context }
}

/** Runs the text of an async function in the page. */
const run = <Result>(page: Page, body: string): Promise<Result> => page.evaluate(`(async () => { ${body} })()`)

const shown = (page: Page) => run<string[]>(page, 'return (await todos).list().map(({ contents }) => contents)')

const onServer = (page: Page) =>
  run<string[]>(
    page,
    'return (await (await client.todos.$get({ query: {} })).json()).todos.map(({ contents }) => contents)',
  )

async function signUp(page: Page, username: string): Promise<string> {
  await page.goto('/offline/')
  const json = JSON.stringify({ username, password: PASSWORD })
  const id = await run<string>(
    page,
    `return (await (await client.auth['sign-up'].$post({ json: ${json} })).json()).user.id`,
  )
  const path = `/offline/?user=${id}`
  await page.goto(path)
  return path
}

describeInBrowser('to-dos without a network', () => {
  it('are shown in another tab at once, and two tabs that sync at the same time send them once', async () => {
    const { page, context } = await openOwnPages()
    const path = await signUp(page, 'offline-tabs')
    const other = await context.newPage()
    await other.goto(path)
    await run(other, 'await todos')
    const batches: string[] = []
    context.on('request', (request) => {
      if (request.url().endsWith('/todos/batch')) batches.push(request.postData() ?? '')
    })

    await run(page, "await (await todos).create({ contents: 'Milk' })")
    await expect.poll(() => shown(other)).toEqual(['Milk'])
    const sync = (tab: Page) => run<string>(tab, 'return (await (await todos).sync()).state')
    expect(await Promise.all([sync(page), sync(other), sync(page), sync(other)])).toEqual(Array(4).fill('synced'))
    expect(batches).toHaveLength(1)
    expect(await onServer(page)).toEqual(['Milk'])
  })

  it('survive both tabs changing the same to-do', async () => {
    const { page, context } = await openOwnPages()
    const path = await signUp(page, 'offline-race')
    const id = await run<string>(page, "return (await (await todos).create({ contents: '0' })).id")
    const other = await context.newPage()
    await other.goto(path)
    const edit = (tab: Page, field: string) =>
      run(tab, `for (let n = 1; n <= 30; n++) await (await todos).update('${id}', { ${field} })`)
    await Promise.all([edit(page, 'contents: String(n)'), edit(other, 'labels: [String(n)]')])
    const expected = [['30', ['30']]]
    const both = (tab: Page) =>
      run(tab, 'return (await todos).list().map(({ contents, labels }) => [contents, labels])')
    await expect.poll(() => both(page)).toEqual(expected)
    await expect.poll(() => both(other)).toEqual(expected)
  })

  it('survive the death of the page, before a request and while it waits for its answer', async () => {
    const { page, context } = await openOwnPages()
    const path = await signUp(page, 'offline-killed')
    await run(page, "await (await todos).create({ contents: 'Milk' })")
    await crash(page)

    const second = await context.newPage()
    await second.goto(path)
    expect(await shown(second)).toEqual(['Milk'])
    // The batch arrives, and its answer never does.
    const arrived = new Promise<void>((resolve) => {
      void second.route('**/todos/batch', async (route) => {
        await route.fetch()
        resolve()
      })
    })
    await run(second, "(await todos).create({ contents: 'Bread' }).then(async () => (await todos).sync()); return 0")
    await arrived
    await crash(second)

    const third = await context.newPage()
    await third.goto(path)
    expect(await run(third, 'return (await (await todos).sync()).state')).toBe('synced')
    expect(await shown(third)).toEqual(['Milk', 'Bread'])
    expect(await onServer(third)).toEqual(['Milk', 'Bread'])
  })

  it('work in a worker, and its page sees them', async () => {
    const { page } = await openOwnPages()
    await signUp(page, 'offline-worker')
    const state = await run(
      page,
      `await todos
      const worker = new Worker('/offline/worker.js' + location.search, { type: 'module' })
      return new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data) })`,
    )
    expect(state).toBe('synced')
    await expect.poll(() => shown(page)).toEqual(['From a worker'])
  })

  it("are cleared by a log-out at Latchkey's own origin, as docs/offline.md warns", async () => {
    const { page } = await openOwnPages()
    const path = await signUp(page, 'offline-log-out')
    await run(page, "await (await todos).create({ contents: 'Milk' })")
    await run(page, "await client.auth['log-out'].$post({ json: {} })")
    await page.goto(path)
    expect(await shown(page)).toEqual([])
  })

  it('are added in the example app while the network is off, and are on the server when it is back', async () => {
    const { page, context } = await openOwnPages()
    await signUp(page, 'offline-example')
    await run(page, 'await client.auth["log-out"].$post({ json: {} })')
    await page.goto('/example/')
    await page.getByLabel('User name').fill('offline-example')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('synced').waitFor()

    await context.setOffline(true)
    for (const contents of ['Buy milk', 'Buy bread']) {
      await page.getByLabel('New to-do').fill(contents)
      await page.getByRole('button', { name: 'Add' }).click()
      await page.getByText(`○ ${contents} (waiting)`).waitFor()
    }
    await page.getByText('Buy milk').click()
    await page.getByText('✓ Buy milk (waiting)').waitFor()
    await page.getByLabel('New to-do').fill(' ')
    await page.getByRole('button', { name: 'Add' }).click()

    await context.setOffline(false)
    await page.getByText('(refused: Must not be blank)').click()
    await page.getByText('refused').waitFor({ state: 'detached' })
    await page.getByText('✓ Buy milk', { exact: true }).waitFor()
    await page.getByText('○ Buy bread', { exact: true }).waitFor()
    await page.goto('/offline/')
    expect(await onServer(page)).toEqual(['Buy milk', 'Buy bread'])
  })
})

/** Ends the process of the page at once, as the system does when it wants memory. */
async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash')
  const session = await page.context().newCDPSession(page)
  session.send('Page.crash').catch(() => undefined)
  await crashed
}
