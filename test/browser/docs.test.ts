import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { expectAccessible, expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, openBrowser } from './browser'

const PASSWORD = 'correct horse battery staple'

async function openDocs(path: string): Promise<Page> {
  const page = await openBrowser()
  await page.goto(path)
  return page
}

/** Sends an operation's request by its buttons. */
async function tryOut(page: Page, operationId: string, body?: object): Promise<Locator> {
  const operation = page.locator(`#${operationId}`)
  const begin = operation.getByRole('button', { name: 'Try it' })
  if (await begin.isVisible()) await begin.click()
  if (body) await operation.getByLabel('Body').fill(JSON.stringify(body))
  await operation.getByRole('button', { name: /^Send / }).click()
  const output = operation.locator('.output')
  await output.locator('.status').waitFor()
  return output
}

async function signUp(page: Page, username: string): Promise<void> {
  await page.goto('/docs/log-in')
  const output = await tryOut(page, 'signUp', { username, password: PASSWORD })
  expect(await output.locator('.status').textContent()).toBe('201')
  await page.getByText(`Signed in as ${username}`).waitFor()
}

describeInBrowser('/docs', () => {
  it.each(['', '/log-in', '/to-dos', '/account', '/errors'])('is accessible: /docs%s', async (path) => {
    const page = await openDocs(`/docs${path}`)
    await expectAccessibleInEveryLook(page)
  })

  it('is accessible with everything open', async () => {
    const page = await openDocs('/docs/to-dos')
    await page.getByRole('button', { name: 'Try it' }).first().waitFor()
    await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    await page.evaluate("for (const button of document.querySelectorAll('button.try')) button.click()")
    await page.getByRole('searchbox').fill('due')
    await page.getByRole('list', { name: 'Found' }).waitFor()
    await expectAccessible(page)
  })

  it('shows examples in another language without a script', async () => {
    const page = await openBrowser({ javaScriptEnabled: false })
    await page.goto('/docs/to-dos')
    const operation = page.locator('#createTodo')
    await operation.getByText('typed client').click()
    expect(await operation.locator('pre.client').isVisible()).toBe(true)
    expect(await operation.locator('pre.curl').isVisible()).toBe(false)
    expect(await page.getByRole('searchbox').count()).toBe(0)
  })

  it('remembers the language of examples, and names this deployment in them', async () => {
    const page = await openDocs('/docs/to-dos')
    await page.locator('#createTodo').getByText('fetch', { exact: true }).click()
    await page.goto('/docs/lists')
    const example = page.locator('#createList pre.fetch')
    expect(await example.textContent()).toContain(`fetch('${new URL(page.url()).origin}/api/v1/lists'`)
    expect(await example.isVisible()).toBe(true)
  })

  it('finds operations, fields and error codes by keys alone', async () => {
    const page = await openDocs('/docs')
    for (const [words, address] of [
      ['make a to-do', '/docs/to-dos#createTodo'],
      ['quota exceeded', '/docs/errors#quota_exceeded'],
      ['due on', '/docs/to-dos#listTodos'],
    ] as const) {
      await page.keyboard.press('/')
      await page.keyboard.type(words)
      await page.getByRole('list', { name: 'Found' }).getByRole('link').first().waitFor()
      await page.keyboard.press('Enter')
      await page.waitForURL((url) => url.pathname + url.hash === address)
    }
  })

  it('tries operations out with the session of the browser, and renews it', async () => {
    const page = await openBrowser()
    await page.goto('/docs/account')
    expect(await (await tryOut(page, 'getMe')).locator('.status').textContent()).toBe('401')
    await signUp(page, 'docs-reader')
    await page.goto('/docs/to-dos')
    await page.getByText('Signed in as docs-reader').waitFor()
    // As after ten minutes.
    await page.context().clearCookies({ name: '__Host-access' })
    const output = await tryOut(page, 'listTodos')
    expect(await output.locator('.status').textContent()).toBe('200')
    expect(await output.textContent()).toMatch(/x-request-id: [0-9a-f-]{36}/)
    expect((await page.context().cookies()).map(({ name }) => name)).toContain('__Host-access')
  })

  it('offers the values of a parameter, and sends the one that was chosen', async () => {
    const page = await openBrowser()
    await signUp(page, 'docs-chooser')
    await page.goto('/docs/to-dos')
    const operation = page.locator('#listTodos')
    await operation.getByRole('button', { name: 'Try it' }).click()
    await operation.getByText('optional parameters').click()
    await operation.getByRole('combobox', { name: 'sort', exact: true }).selectOption('dueAt')
    const [request] = await Promise.all([
      page.waitForRequest((sent) => sent.url().includes('/api/v1/todos')),
      operation.getByRole('button', { name: 'Send GET' }).click(),
    ])
    expect(new URL(request.url()).search).toBe('?sort=dueAt')
  })

  it('marks the operation that is being read', async () => {
    const page = await openDocs('/docs/to-dos#updateTodo')
    const link = page
      .getByRole('navigation')
      .getByRole('link', { name: 'Change the fields that you name, and no others' })
    await expect.poll(() => link.getAttribute('aria-current')).toBe('location')
  })

  it('allows nothing inline, and serves files with the same headers as other answers', async () => {
    const page = await openBrowser()
    const answer = await page.goto('/docs')
    const policy = answer?.headers()['content-security-policy']
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|data:|https?:|\*/)
    const worker = await page.request.get('/health')
    for (const path of ['/docs/reference.js', '/docs/reference.css', '/docs/search.json', '/console/console.css']) {
      const file = await page.request.get(path)
      for (const name of ['content-security-policy', 'referrer-policy', 'strict-transport-security']) {
        expect(file.headers()[name]).toBe(worker.headers()[name])
      }
      expect(file.headers()).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'public, max-age=0, must-revalidate',
        etag: expect.any(String),
      })
    }
  })
})
