import { expect, it } from 'vitest'
import { expectAccessibleInEveryLook } from './helpers/axe'
import { describeInBrowser, openBrowser } from './helpers/browser'
import { signIn, signUp } from './helpers/people'

describeInBrowser('signing in', () => {
  it.each([true, false])(
    'by code takes a stranger from the front door to their list (JavaScript: %s)',
    async (javaScriptEnabled) => {
      const page = await openBrowser({ javaScriptEnabled })
      await page.goto('/')
      await page.getByLabel('E-mail address or mobile number').fill(`stranger-${javaScriptEnabled}@example.com`)
      await page.getByRole('button', { name: 'Send me a code' }).click()
      const code = await page.locator('.outbox output').textContent()
      await page.getByLabel('Six-digit code').fill(code ?? '')
      await page.getByRole('button', { name: 'Continue' }).click()
      expect(await page.getByRole('status').textContent()).toBe('Your account has been created. You are signed in.')
      expect(new URL(page.url()).pathname).toBe('/console')
    },
  )

  it('by a code that is pasted needs no button', async () => {
    const page = await openBrowser({ permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto('/console/sign-in')
    await page.getByLabel('E-mail address or mobile number').fill('paster@example.com')
    await page.getByRole('button', { name: 'Send me a code' }).click()
    const code = await page.locator('.outbox output').textContent()
    await page.evaluate(`navigator.clipboard.writeText('Your code: ${code}')`)
    await page.getByLabel('Six-digit code').press('ControlOrMeta+V')
    await page.getByRole('status').waitFor()
    expect(new URL(page.url()).pathname).toBe('/console')
  })

  it('asks for a code in a way that phones understand', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-in')
    await page.getByLabel('E-mail address or mobile number').fill('010-1234-5678')
    await page.getByRole('button', { name: 'Send me a code' }).click()
    const field = page.getByLabel('Six-digit code')
    expect(await field.getAttribute('autocomplete')).toBe('one-time-code')
    expect(await field.getAttribute('inputmode')).toBe('numeric')
    expect(await page.getByRole('button', { name: /^Send another code \(\d+\)$/ }).isDisabled()).toBe(true)
    await expectAccessibleInEveryLook(page)
    await field.fill('12')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('alert').waitFor()
    await expectAccessibleInEveryLook(page)
  })

  it('keeps what was typed and says what is wrong with it, but never a password', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-up')
    await expectAccessibleInEveryLook(page)
    await page.getByLabel('User name').fill('al')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Create account' }).click()
    const username = page.getByLabel('User name')
    await page.getByRole('alert').waitFor()
    expect(await username.inputValue()).toBe('al')
    expect(await username.getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByLabel('Password').inputValue()).toBe('')
    await expectAccessibleInEveryLook(page)
  })

  it('has accessible pages', async () => {
    const page = await openBrowser()
    for (const path of ['/console/sign-in', '/console/sign-in/password', '/console/nowhere']) {
      await page.goto(path)
      await expectAccessibleInEveryLook(page)
    }
  })

  it('speaks Korean to who reads Korean, and changes the language by a button', async () => {
    const page = await openBrowser({ locale: 'ko-KR', viewport: { width: 360, height: 800 } })
    await page.goto('/console/sign-in')
    expect(await page.locator('html').getAttribute('lang')).toBe('ko')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('로그인')
    await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  it('is over on a device that another one ends', async () => {
    const here = await signUp('two-devices')
    const there = await signIn('two-devices')
    const { sessions } = await (await here.request.get('/api/v1/auth/sessions')).json()
    const other = sessions.find(({ current }: { current: boolean }) => !current)
    await here.request.delete(`/api/v1/auth/sessions/${other.id}`, { headers: { 'Sec-Fetch-Site': 'same-origin' } })
    await there.goto('/console')
    await there.getByRole('heading', { name: 'Sign in' }).waitFor()
    await here.goto('/console')
    await here.getByRole('heading', { name: 'To-dos' }).waitFor()
  })
})
