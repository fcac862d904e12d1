import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { PAGE_COLORS } from '../../src/console/page/theme'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import { expectAccessible, expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, openBrowser } from './browser'
import { add, openMenu, signIn, signUp } from './people'

const { themes, menu } = en.look

/** The colour behind the page. */
const pageColor = (page: Page) => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')

const rgbOf = (hex: string): string =>
  `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(', ')})`

// What browsers draw around the page has the colour of the page.
const LIGHT = rgbOf(PAGE_COLORS.light)
const DARK = rgbOf(PAGE_COLORS.dark)

describeInBrowser('the menu', () => {
  it('says who one is, and opens and closes by keyboard and mouse', async () => {
    const page = await signUp('menu-keys')
    const panel = page.locator('.menu-panel')
    const summary = page.locator('.menu > summary')
    await summary.focus()
    await page.keyboard.press('Enter')
    await panel.waitFor()
    expect(await panel.locator('strong').textContent()).toBe('menu-keys')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe(en.nav.account)
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'hidden' })
    expect(await page.evaluate('document.activeElement.textContent')).toContain(menu)

    await summary.click()
    await panel.waitFor()
    await page.locator('h1').click()
    await panel.waitFor({ state: 'hidden' })
    await summary.click()
    await panel.getByRole('link', { name: en.nav.account }).click()
    await page.getByRole('heading', { name: en.account.title }).waitFor()
  })

  it('works without a script', async () => {
    const page = await signUp('menu-plain', { javaScriptEnabled: false })
    await openMenu(page)
    await page.getByRole('button', { name: themes.dark }).click()
    await page.locator('[data-theme=dark] .add').waitFor()
    await openMenu(page)
    await page.getByRole('button', { name: '한국어' }).click()
    await page.locator('html[lang=ko]').waitFor()
    await openMenu(page)
    await page.getByRole('button', { name: ko.nav.signOut }).click()
    await page.getByText(ko.notices.signed_out).waitFor()
  })

  it('is accessible when it is open', async () => {
    const page = await signUp('menu-axe')
    await openMenu(page)
    await expectAccessibleInEveryLook(page)
  })
})

describeInBrowser('the theme', () => {
  it('is that of the system until somebody chooses, and stays over pages and sign-ins', async () => {
    const page = await signUp('theme-kept', { colorScheme: 'dark' })
    await expect.poll(() => pageColor(page)).toBe(DARK)
    await openMenu(page)
    const chosen = page.waitForResponse('**/console/theme')
    await page.getByRole('button', { name: themes.light }).click()
    await expect.poll(() => pageColor(page)).toBe(LIGHT)
    await chosen
    expect(await page.locator('[name=color-scheme]').getAttribute('content')).toBe('light')
    expect(await page.getByRole('button', { name: themes.light }).getAttribute('aria-pressed')).toBe('true')

    for (const path of ['/console/account', '/console/nowhere']) {
      await page.goto(path)
      await expect.poll(() => pageColor(page)).toBe(LIGHT)
    }
    await page.goto('/console')
    await openMenu(page)
    await page.getByRole('button', { name: en.nav.signOut }).click()
    await page.getByText(en.notices.signed_out).waitFor()
    await expect.poll(() => pageColor(page)).toBe(LIGHT)
    // Pages for those who are not signed in have the buttons below.
    await page.getByRole('button', { name: themes.system }).click()
    await expect.poll(() => pageColor(page)).toBe(DARK)
  })

  it('keeps what is typed', async () => {
    const page = await signUp('theme-typed')
    await page.locator('.add [name=contents]').fill('Buy bread')
    await openMenu(page)
    await page.getByRole('button', { name: themes.dark }).click()
    await expect.poll(() => pageColor(page)).toBe(DARK)
    expect(await page.locator('.add [name=contents]').inputValue()).toBe('Buy bread')
  })
})

describeInBrowser('the look', () => {
  it('fits 320 pixels, from left to right and from right to left', async () => {
    const page = await signUp('look-narrow')
    await add(page, 'Water the plants', `Read ${'a very long title '.repeat(12)}`)
    for (const path of ['/console', '/console/account', '/console/lists']) {
      await page.goto(path)
      for (const dir of ['ltr', 'rtl']) {
        await page.evaluate(`document.documentElement.dir = '${dir}'`)
        for (const width of [320, 1280]) {
          await page.setViewportSize({ width, height: 700 })
          await expectAccessible(page)
        }
      }
    }
  })

  it('turns round for languages that are written from right to left', async () => {
    const page = await signUp('look-rtl', { viewport: { width: 1280, height: 800 } })
    await add(page, 'Water the plants')
    const centerOf = async (selector: string) => {
      const box = await page.locator(selector).first().boundingBox()
      return (box?.x ?? 0) + (box?.width ?? 0) / 2
    }
    expect(await centerOf('.toggle')).toBeLessThan(await centerOf('.remove'))
    expect(await centerOf('.brand')).toBeLessThan(await centerOf('.menu'))
    await page.evaluate("document.documentElement.dir = 'rtl'")
    expect(await centerOf('.toggle')).toBeGreaterThan(await centerOf('.remove'))
    expect(await centerOf('.brand')).toBeGreaterThan(await centerOf('.menu'))
    expect(await centerOf('.views')).toBeGreaterThan(await centerOf('.list'))
  })

  it('shows at most three lines of a to-do', async () => {
    const page = await signUp('look-clamp', { viewport: { width: 500, height: 800 } })
    await add(page, 'one line', `many ${'lines '.repeat(60)}end`)
    const heights = await page
      .locator('.list .contents')
      .evaluateAll((all) => all.map(({ clientHeight }) => clientHeight))
    const [many = 0, one = 0] = heights
    expect(many / one).toBeCloseTo(3, 0)
  })

  it('prints the list with boxes, and no controls', async () => {
    const page = await signUp('look-print')
    await add(page, 'Water the plants')
    await page.emulateMedia({ media: 'print' })
    await page.locator('.contents').waitFor()
    for (const selector of ['.top', '.add', '.views', '.remove', '.menu']) {
      expect(await page.locator(selector).first().isVisible(), selector).toBe(false)
    }
    const box = await page.evaluate("getComputedStyle(document.querySelector('.toggle'), '::before').borderTopStyle")
    expect(box).toBe('solid')
  })

  it('shows boxes and checks where the system chooses the colours', async () => {
    const page = await signUp('look-forced')
    await add(page, 'Water the plants')
    await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' })
    await page.reload()
    await page.locator('.list .toggle').waitFor()
    const text = await page.evaluate('getComputedStyle(document.body).color')
    const border = await page.evaluate("getComputedStyle(document.querySelector('.toggle'), '::before').borderTopColor")
    const icon = await page.evaluate("getComputedStyle(document.querySelector('.remove'), '::before').backgroundColor")
    expect({ border, icon }).toEqual({ border: text, icon: text })
    await expectAccessible(page)
  })

  it('moves nothing for people who want no motion', async () => {
    const page = await signUp('look-still')
    await openMenu(page)
    expect(await page.evaluate('document.getAnimations().length')).toBe(0)
    const moving = await signIn('look-still', { reducedMotion: 'no-preference' })
    await openMenu(moving)
    const duration = await moving.evaluate("getComputedStyle(document.querySelector('.menu-panel')).animationDuration")
    expect(duration).toBe('0.24s')
  })

  it('has icons for an installed app', async () => {
    const page = await openBrowser()
    for (const name of ['icon-192.png', 'icon-512.png', 'icon-maskable-512.png']) {
      const answer = await page.request.get(`/console/${name}`)
      expect({ name, status: answer.status(), type: answer.headers()['content-type'] }).toEqual({
        name,
        status: 200,
        type: 'image/png',
      })
    }
  })
})

describeInBrowser('on a phone', () => {
  it('nothing is wider than the screen, and no toast covers the bar of several', async () => {
    const width = 390
    const page = await signUp('narrow', { viewport: { width, height: 844 }, hasTouch: true, isMobile: true })
    await page.request.post('/api/v1/lists', { data: { name: 'A list with a long name '.repeat(4).trim() } })
    await add(page, 'Milk', 'Bread')
    await page.locator('a.select').click()
    await page.getByLabel(en.todos.pick('Milk')).check()
    const fits = () => page.evaluate<number>('document.documentElement.scrollWidth')
    expect(await fits()).toBe(width)
    await page.getByRole('button', { name: en.todos.complete('Bread') }).click()
    const toast = await page.locator('.toast').boundingBox()
    const bar = await page.locator('.bulk').boundingBox()
    expect((toast?.y ?? Number.NaN) + (toast?.height ?? 0)).toBeLessThan(bar?.y ?? 0)

    await page.locator('.contents', { hasText: 'Milk' }).click()
    const panel = page.locator('.panel-dialog')
    await panel.locator('form').first().waitFor()
    expect(
      await page.evaluate<number>(
        '(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector(`.panel-dialog`))',
      ),
    ).toBe(0)
    expect(await fits()).toBe(width)
  })
})
