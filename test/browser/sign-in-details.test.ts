import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, OUTBOX_LINK, openBrowser } from './browser'
import { PASSWORD, signUp } from './people'

/** Six digits that are not these. */
const wrong = (code: string): string => (code === '111111' ? '222222' : '111111')

/** Asks for a code, and waits until the script is there. Answers with the code that the page shows. */
async function askForCode(page: Page, recipient: string): Promise<string> {
  await page.goto(OUTBOX_LINK)
  await page.goto('/console/sign-in')
  await page.locator('[name=recipient]').fill(recipient)
  await page.locator('main [name=recipient]').press('Enter')
  const code = await page.locator('.outbox output').textContent()
  await page.locator('[name=code]:focus').waitFor()
  return code ?? ''
}

/** Counts the codes that are sent from a page. */
function countGuesses(page: Page): { count: number } {
  const guesses = { count: 0 }
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname === '/console/sign-in/code') guesses.count++
  })
  return guesses
}

const isSignedIn = (page: Page) => page.getByRole('status').filter({ hasText: en.notices.welcome }).waitFor()

describeInBrowser('six digits', () => {
  it.each([
    ['typed', (code: string) => code],
    ['with a space', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['with a hyphen', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
    ['of full width', (code: string) => code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))],
  ])('are sent when they are whole, once: %s', async (name, write) => {
    const page = await openBrowser()
    const code = await askForCode(page, `digits-${name.replaceAll(' ', '-')}@example.com`)
    const guesses = countGuesses(page)
    await page.keyboard.type(write(code), { delay: 20 })
    await isSignedIn(page)
    expect(guesses.count).toBe(1)
  })

  it('are not sent while an input method composes them', async () => {
    const page = await openBrowser()
    const code = await askForCode(page, 'composer@example.com')
    const guesses = countGuesses(page)
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Input.imeSetComposition', { text: code, selectionStart: 6, selectionEnd: 6 })
    await expect.poll(() => page.locator('[name=code]').inputValue()).toBe(code)
    expect(guesses.count).toBe(0)
    await cdp.send('Input.insertText', { text: code })
    await isSignedIn(page)
    expect(guesses.count).toBe(1)
  })

  it('that are wrong leave an empty field with the focus, and after five of them a button asks for a new code', async () => {
    const page = await openBrowser()
    const code = await askForCode(page, 'guesser@example.com')
    for (let n = 1; n < 5; n++) {
      await page.keyboard.type(wrong(code))
      await page.locator('#code-fault').waitFor()
      await page.locator('[name=code]:focus').waitFor()
      expect(await page.locator('[name=code]').inputValue()).toBe('')
      // The next page has the same fault, so it is told by its being another document.
      await page.evaluate("document.querySelector('#code-fault').id = 'seen'")
    }
    await page.keyboard.type(wrong(code))
    const request = page.getByRole('button', { name: en.code.request })
    await request.waitFor()
    expect(await page.getByRole('alert').textContent()).toContain(en.error('code_attempts_exceeded'))
    expect(await page.locator('[name=code]').count()).toBe(0)
    await expectAccessibleInEveryLook(page)
  })
})

describeInBrowser('what has to wait', () => {
  it('counts down, and another address need not wait', async () => {
    const page = await openBrowser()
    await askForCode(page, 'hasty@example.com')
    await page.goto('/console/sign-in')
    await page.locator('[name=recipient]').press('Enter')
    const link = page.getByRole('link', { name: en.code.enter })
    await link.waitFor()
    const submit = page.getByRole('button', { name: en.signIn.submit })
    await expect.poll(() => submit.isDisabled(), { timeout: 5000 }).toBe(true)
    const said = await page.getByRole('timer').textContent()
    expect(said).toMatch(/^Try again in \d+ seconds\.$/)
    await expect.poll(() => page.getByRole('timer').textContent(), { timeout: 5000 }).not.toBe(said)
    await expectAccessibleInEveryLook(page)
    await page.locator('[name=recipient]').fill('somebody-else@example.com')
    expect(await submit.isDisabled()).toBe(false)
    await link.click()
    await page.locator('[name=code]').waitFor()
  })

  it('may be tried again when the time is over', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-in/password')
    const refused = '<div class="refused"><p role="timer" data-retry-after="2" data-in="{}" data-now="Now"></p></div>'
    await page.route('**/console/sign-in/password?refused', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ body: (await answer.text()).replace('<form', `${refused}<form`), response: answer })
    })
    await page.goto('/console/sign-in/password?refused')
    const submit = page.locator('main [type=submit]').first()
    await expect.poll(() => submit.isDisabled()).toBe(true)
    await page.getByText('Now', { exact: true }).waitFor()
    expect(await submit.isDisabled()).toBe(false)
  })
})

describeInBrowser('a password', () => {
  it('can be shown, keeps its place, and is no text when it is sent', async () => {
    const page = await openBrowser({ locale: 'ko-KR' })
    await page.goto('/console/sign-up')
    const field = page.locator('[name=password]')
    const show = page.getByRole('button', { name: ko.signIn.showPassword })
    await show.waitFor()
    await field.fill(PASSWORD)
    await page.evaluate("document.querySelector('[name=password]').setSelectionRange(3, 7)")
    expect(await show.getAttribute('aria-pressed')).toBe('false')
    await show.click()
    expect(await show.getAttribute('aria-pressed')).toBe('true')
    const state = `(({ type, selectionStart, selectionEnd, name }) => [type, selectionStart, selectionEnd, name])(document.activeElement)`
    expect(await page.evaluate(state)).toEqual(['text', 3, 7, 'password'])
    await expectAccessibleInEveryLook(page)
    await show.click()
    expect(await page.evaluate(state)).toEqual(['password', 3, 7, 'password'])
  })

  it('has no button and no rules without a script', async () => {
    const page = await openBrowser({ javaScriptEnabled: false })
    await page.goto('/console/sign-up')
    expect(await page.locator('[data-show-password]').isVisible()).toBe(false)
    expect(await page.locator('.rules').isVisible()).toBe(false)
    expect(await page.getByText(en.signUp.passwordHint(8)).isVisible()).toBe(true)
  })

  it('says which rules it meets while it is typed, and counts as the server does', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-up')
    const { tooShort, ownName } = en.signUp.rules
    const isMet = async (text: string) => (await page.locator('.rules .met').filter({ hasText: text }).count()) === 1
    await page.locator('[name=username]').fill('rule-reader')
    const password = page.locator('[name=password]')
    // Seven people, of two UTF-16 units each.
    await password.fill('😀😀😀😀😀😀😀')
    expect([await isMet(tooShort(8)), await isMet(ownName)]).toEqual([false, true])
    await password.fill('Rule-Reader')
    expect([await isMet(tooShort(8)), await isMet(ownName)]).toEqual([true, false])
    await expectAccessibleInEveryLook(page)
    await password.fill(PASSWORD)
    expect([await isMet(tooShort(8)), await isMet(ownName)]).toEqual([true, true])
  })

  it('warns of Caps Lock', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-in/password')
    await page.locator('[name=password]').focus()
    const press = (isOn: boolean) =>
      page.evaluate(`document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'A', modifierCapsLock: ${isOn}, bubbles: true }))`)
    await press(true)
    await page.getByText(en.signIn.capsLock).waitFor()
    await press(false)
    await expect.poll(() => page.locator('.caps-lock').textContent()).toBe('')
  })

  it('that is wrong is said at its field, with the focus there', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-in/password')
    await page.locator('[name=identifier]').fill('nobody-at-all')
    await page.locator('[name=password]').fill('wrong')
    await page.locator('[name=password]').press('Enter')
    await page.locator('[name=password][aria-describedby~=password-fault]:focus').waitFor()
    expect(await page.locator('#password-fault').textContent()).toBe(en.error('invalid_credentials'))
    expect(await page.locator('[name=identifier]').inputValue()).toBe('nobody-at-all')
    await expectAccessibleInEveryLook(page)
  })
})

describeInBrowser('a browser in which a passkey was used', () => {
  it('has the button for it first, with the focus', async () => {
    const page = await signUp('passkey-first')
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      },
    })
    await page.goto('/console/account')
    await page.getByRole('button', { name: en.passkeys.add }).click()
    await page.getByRole('status').filter({ hasText: 'is added' }).waitFor()
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name }) => name)).toContain('__Host-passkey-first')
    const there = await page.context().newPage()
    await page.context().clearCookies({ name: '__Host-access' })
    await page.context().clearCookies({ name: '__Host-console' })
    await there.goto('/console/sign-in')
    const button = there.getByRole('button', { name: en.passkeys.signIn })
    await button.waitFor()
    await there.locator('[data-passkey] button:focus').waitFor()
    const [first, second] = [await button.boundingBox(), await there.locator('[name=recipient]').boundingBox()]
    expect(first?.y).toBeLessThan(second?.y ?? 0)
    await expectAccessibleInEveryLook(there)
  })
})
