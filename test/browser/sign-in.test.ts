import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, ORIGIN, OUTBOX_LINK, openBrowser } from './browser'
import { typeCode } from './people'

describeInBrowser('signing in', () => {
  it.each([true, false])(
    'by code leads a new user from the root to their list (JavaScript: %s)',
    async (javaScriptEnabled) => {
      const page = await openBrowser({ javaScriptEnabled })
      await page.goto(OUTBOX_LINK)
      await page.getByLabel(en.signIn.recipient).fill(`stranger-${javaScriptEnabled}@example.com`)
      await page.getByRole('button', { name: en.signIn.submit }).click()
      await typeCode(page, await page.locator('.outbox output').textContent())
      await page.locator('.notice').waitFor()
      expect(await page.locator('.notice').textContent()).toBe(en.notices.welcome)
      expect(new URL(page.url()).pathname).toBe('/console')
    },
  )

  it('is not told that its cookies are missing, though it begins without any', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-up')
    await page.context().clearCookies()
    await page.getByLabel(en.signUp.username).fill('forgetful')
    await page.getByLabel(en.signUp.password).fill('correct horse battery staple')
    await page.getByRole('button', { name: en.signUp.submit }).click()
    await page.getByRole('status').filter({ hasText: en.notices.welcome }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console')
  })

  it('shows everybody the page that says so', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const answer = await fetch(`${ORIGIN}/console/sign-up?cookies=set`, { method: 'POST', headers, body: 'username=x' })
    const body = await answer.text()
    const page = await openBrowser()
    await page.route('**/console/sign-up', (route) => route.fulfill({ status: 400, contentType: 'text/html', body }))
    await page.goto('/console/sign-up')
    await page.getByRole('heading', { name: en.cookies.title }).waitFor()
    expect(await page.locator('pre').textContent()).toContain('--local-protocol https')
    await expectAccessibleInEveryLook(page)
  })

  it('needs no button if the code is pasted', async () => {
    const page = await openBrowser({ permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto(OUTBOX_LINK)
    await page.getByLabel(en.signIn.recipient).fill('paster@example.com')
    await page.getByRole('button', { name: en.signIn.submit }).click()
    const code = await page.locator('.outbox output').textContent()
    await page.evaluate(`navigator.clipboard.writeText('Your code: ${code}')`)
    // The field gets the focus when console.js has run. Before that, nothing would react to the paste.
    await page.locator('[name=code]:focus').waitFor()
    await page.getByLabel(en.code.label).press('ControlOrMeta+V')
    await page.getByRole('status').filter({ hasText: en.notices.welcome }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console')
  })

  it('sends one code if its button is clicked twice', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-in')
    await page.getByLabel(en.signIn.recipient).fill('impatient@example.com')
    const { x = 0, y = 0 } = (await page.getByRole('button', { name: en.signIn.submit }).boundingBox()) ?? {}
    let asked = 0
    await page.route('**/console/sign-in', async (route) => {
      asked++
      const response = await route.fetch({ maxRedirects: 0 })
      if (asked === 1) {
        await page.mouse.click(x + 20, y + 20)
        await page.waitForTimeout(500)
      }
      await route.fulfill({ response })
    })
    await page.mouse.click(x + 20, y + 20)
    await page.getByRole('heading', { name: en.code.title }).waitFor()
    expect(asked).toBe(1)
  })

  it('has a field for the code that phones can fill in', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-in')
    await page.getByLabel(en.signIn.recipient).fill('010-1234-5678')
    await page.getByRole('button', { name: en.signIn.submit }).click()
    const field = page.getByLabel(en.code.label)
    expect(await field.getAttribute('autocomplete')).toBe('one-time-code')
    expect(await field.getAttribute('inputmode')).toBe('numeric')
    expect(await page.getByRole('button', { name: `${en.code.resend} (` }).isDisabled()).toBe(true)
    await expectAccessibleInEveryLook(page)
    await field.fill('12')
    await page.getByRole('button', { name: en.code.submit }).click()
    await page.getByRole('alert').waitFor()
    await expectAccessibleInEveryLook(page)
  })

  it('keeps what was typed, except passwords, and says what is wrong', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-up')
    await expectAccessibleInEveryLook(page)
    await page.getByLabel(en.signUp.username).fill('al')
    await page.getByLabel(en.signUp.password).fill('short')
    await page.getByRole('button', { name: en.signUp.submit }).click()
    const username = page.getByLabel(en.signUp.username)
    await page.getByRole('alert').waitFor()
    expect(await username.inputValue()).toBe('al')
    expect(await username.getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByLabel(en.signUp.password).inputValue()).toBe('')
    await expectAccessibleInEveryLook(page)
  })

  it('has accessible pages', async () => {
    const page = await openBrowser()
    for (const path of ['/console/sign-in', '/console/sign-in/password', '/console/nowhere']) {
      await page.goto(path)
      await expectAccessibleInEveryLook(page)
    }
  })

  it('is in Korean for Korean browsers, and a button changes the language', async () => {
    const page = await openBrowser({ locale: 'ko-KR', viewport: { width: 360, height: 800 } })
    await page.goto('/console/sign-in')
    expect(await page.locator('html').getAttribute('lang')).toBe('ko')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(ko.signIn.title)
    await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: en.signIn.title }).waitFor()
  })
})
