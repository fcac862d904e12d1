import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { expectAccessible, expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, openBrowser } from './browser'

const PASSWORD = 'correct horse battery staple'

async function openDocs(): Promise<Page> {
  const page = await openBrowser()
  await page.goto('/docs')
  await page.locator('.opblock').first().waitFor({ timeout: 30_000 })
  return page
}

/** Opens an operation. */
async function open(page: Page, operationId: string): Promise<Locator> {
  const operation = page.locator(`.opblock[id$="-${operationId}"]`)
  await operation.locator('.opblock-summary-control').click()
  await operation.locator('.opblock-body').waitFor()
  return operation
}

/** Sends an operation's request by its buttons. */
async function tryOut(
  page: Page,
  operationId: string,
  body?: object,
): Promise<{ status: string | null; headers: string | null }> {
  const operation = await open(page, operationId)
  await operation.getByRole('button', { name: 'Try it out' }).click()
  if (body) await operation.getByLabel('Request body').fill(JSON.stringify(body))
  await operation.getByRole('button', { name: 'Execute' }).click()
  const answer = operation.locator('.live-responses-table .response')
  return {
    status: await answer.locator('.response-col_status').textContent(),
    headers: await answer.locator('.headerline').first().locator('..').textContent(),
  }
}

describeInBrowser('/docs', () => {
  it('shows every operation of the document, and is accessible with dialogs and operations open', async () => {
    const page = await openDocs()
    const document = await (await page.request.get('/openapi.json')).json()
    const names = Object.values<Record<string, { operationId: string }>>(document.paths)
      .flatMap((methods) => Object.values(methods))
      .map(({ operationId }) => operationId)
    const shown = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id.split('-').at(-1)))
    expect(shown.sort()).toEqual(names.sort())

    await page.getByRole('button', { name: 'Authorize' }).click()
    await page.getByRole('dialog').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Close' }).first().click()
    for (const operationId of ['updateTodo', 'listTodos']) await open(page, operationId)
    await tryOut(page, 'explainProblem')
    await expectAccessibleInEveryLook(page)
  })

  it('tries operations out with the session of the browser', async () => {
    const page = await openDocs()
    expect(await tryOut(page, 'getMe')).toMatchObject({ status: '401' })
    const body = { username: 'docs-reader', password: PASSWORD }
    expect(await tryOut(page, 'signUp', body)).toMatchObject({ status: '201' })
    const listed = await tryOut(page, 'listTodos')
    expect(listed).toMatchObject({ status: '200', headers: expect.stringMatching(/ x-request-id: [0-9a-f-]{36} /) })
  })

  it('allows nothing inline, and serves files with the same headers as other answers', async () => {
    const page = await openBrowser()
    const answer = await page.goto('/docs')
    const policy = answer?.headers()['content-security-policy']
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    const worker = await page.request.get('/health')
    for (const path of [
      '/docs/docs.js',
      '/docs/swagger-ui.css',
      '/docs/swagger-ui-bundle.js',
      '/console/console.css',
    ]) {
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
