// What `npm run screenshots` runs: takes the pictures in README.md and docs/console.md.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium } from './chromium.mjs'
import { serve } from './serve.mjs'

const OUTPUT = fileURLToPath(new URL('../docs/images', import.meta.url))
const CONSOLE = join(OUTPUT, 'console')
const PASSWORD = 'correct horse battery staple'
const ZONE = 'Asia/Seoul'

const sizes = {
  phone: { width: 390, height: 780 },
  tablet: { width: 820, height: 780 },
  desktop: { width: 1200, height: 780 },
}

/** The day so many days from today, where the person is. @param {number} days */
const day = (days) => new Date(Date.now() + days * 86_400_000).toLocaleDateString('sv-SE', { timeZone: ZONE })

/** What somebody has to do, in each language. */
const samples = {
  'en-US': {
    list: 'Garden',
    todos: [
      { contents: 'Water the plants', due: day(-1), recurrence: 'FREQ=WEEKLY', inList: true },
      { contents: 'Call mum', due: `${day(0)}T23:30[${ZONE}]`, priority: 'urgent', labels: ['family'] },
      { contents: 'Pay the rent', due: day(0), priority: 'high', description: 'The number is on the fridge.' },
      { contents: 'Book the train to Busan', due: day(1), priority: 'medium', labels: ['travel'] },
      { contents: 'Order seeds', due: day(4), inList: true },
      { contents: 'Read the reference' },
    ],
    typed: 'call mum tomorrow 5pm p1 #family',
  },
  'ko-KR': {
    list: '텃밭',
    todos: [
      { contents: '화분에 물 주기', due: day(-1), recurrence: 'FREQ=WEEKLY', inList: true },
      { contents: '엄마에게 전화', due: `${day(0)}T23:30[${ZONE}]`, priority: 'urgent', labels: ['가족'] },
      { contents: '월세 내기', due: day(0), priority: 'high', description: '번호는 냉장고에 있음.' },
      { contents: '부산 가는 기차 예매', due: day(1), priority: 'medium', labels: ['여행'] },
      { contents: '씨앗 주문', due: day(4), inList: true },
      { contents: '레퍼런스 읽기' },
    ],
    typed: '내일 오후 5시 엄마에게 전화 p1 #가족',
  },
}

/** @param {import('playwright-core').Page} page @param {string} path */
const take = (page, path) => page.screenshot({ path, animations: 'disabled' })

/** Signs somebody up and gives them their to-dos. @param {import('playwright-core').Page} page */
async function signUp(page, { username, locale }) {
  const { list, todos } = samples[locale]
  await page.goto('/console/sign-up')
  await page.locator('[name=username]').fill(username)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.locator('main [type=submit]').click()
  await page.locator('.add').waitFor()
  await page.request.patch('/api/v1/users/me', { data: { timeZone: ZONE } })
  const made = await (await page.request.post('/api/v1/lists', { data: { name: list } })).json()
  for (const { inList, ...todo } of todos) {
    await page.request.post('/api/v1/todos', { data: inList ? { ...todo, listId: made.id } : todo })
  }
  await page.goto('/console?view=today')
  await page.locator('#todos .list').first().waitFor()
}

/** The pictures in README.md. */
async function takeForReadme(browser, server) {
  for (const [colorScheme, recipient] of [
    ['light', 'alice@example.com'],
    // A recipient gets only one code a minute.
    ['dark', 'alice@example.org'],
  ]) {
    const context = await browser.newContext({
      baseURL: server.origin,
      colorScheme,
      locale: 'en-US',
      viewport: { width: 720, height: 640 },
    })
    const page = await context.newPage()
    await page.goto(server.outboxLink)
    await page.locator('[name=recipient]').fill(recipient)
    await page.locator('main [type=submit]').first().click()
    await page.locator('.outbox output').waitFor()
    await take(page, join(OUTPUT, `sign-in-${colorScheme}.png`))
    await context.clearCookies()
    await signUp(page, { username: `readme-${colorScheme}`, locale: 'en-US' })
    await take(page, join(OUTPUT, `todos-${colorScheme}.png`))
    await context.close()
  }
}

/** Today on each device, in each language and scheme. */
async function takeToday(browser, server) {
  for (const locale of /** @type {const} */ (['en-US', 'ko-KR'])) {
    const context = await browser.newContext({ baseURL: server.origin, locale })
    const page = await context.newPage()
    const language = locale.slice(0, 2)
    await signUp(page, { username: `today-${language}`, locale })
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme })
      for (const [device, size] of Object.entries(sizes)) {
        await page.setViewportSize(size)
        await take(page, join(CONSOLE, `today-${device}-${colorScheme}-${language}.png`))
      }
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await takeParts(page, language, samples[locale].typed)
    await context.close()
  }
}

/** What else the page of to-dos does. */
async function takeParts(page, language, typed) {
  await page.setViewportSize({ width: 900, height: 640 })
  const field = page.locator('.add [name=contents]')
  await field.pressSequentially(typed)
  await page.locator('.quick-chips label').nth(2).waitFor()
  await take(page, join(CONSOLE, `quick-add-${language}.png`))
  await field.fill('')
  await page.goto('/console?view=upcoming')
  await take(page, join(CONSOLE, `upcoming-${language}.png`))
  await page.locator('#todos .contents').nth(2).click()
  await page.locator('dialog.panel-dialog .edit-form').waitFor()
  await take(page, join(CONSOLE, `panel-${language}.png`))
  await page.keyboard.press('Escape')
  await page.locator('dialog.panel-dialog').waitFor({ state: 'hidden' })
  await page.locator('#todos .toggle').first().click()
  await page.locator('.toast').waitFor()
  await take(page, join(CONSOLE, `undo-${language}.png`))
}

const options = findChromium()
if (!options) throw new Error('There is no Chromium: put one on PATH or set CHROMIUM_PATH')
mkdirSync(CONSOLE, { recursive: true })
const server = await serve()
const browser = await chromium.launch(options)
try {
  await takeForReadme(browser, server)
  await takeToday(browser, server)
} finally {
  await browser.close()
  await server.stop()
}
