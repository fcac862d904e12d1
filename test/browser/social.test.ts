import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { ProviderButtons } from '../../src/console/sign-in/provider-buttons'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import { PROVIDER_IDS, providerName } from '../../src/users/provider-ids'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, OUTBOX_LINK, openBrowser } from './browser'
import { signOut, signUp, typeCode } from './people'

const NAME = 'Test provider'
const BUTTON = en.social.continueWith('test', NAME)

/** Who somebody is at the test provider, and whether they agree. */
async function answerProvider(
  page: Page,
  email: string,
  { button = 'continue', isVerified = true }: { button?: 'continue' | 'cancel'; isVerified?: boolean } = {},
): Promise<void> {
  await page.locator('[name=email]').fill(email)
  await page.locator('[name=email_verified]').setChecked(isVerified)
  await page.locator(`[name=action][value=${button}]`).click()
}

/** Logs in by the test provider, in a browser that is not signed in. */
async function logIn(page: Page, email: string, options?: Parameters<typeof answerProvider>[2]): Promise<void> {
  await page.goto('/console/sign-in')
  await page.getByRole('link', { name: BUTTON }).click()
  await answerProvider(page, email, options)
}

async function userIdOf(page: Page): Promise<string> {
  const { user } = await (await page.request.get('/api/v1/auth/session')).json()
  return user.id
}

/** Types the code that the page shows. */
async function enterCode(page: Page): Promise<void> {
  await typeCode(page, await page.locator('.outbox output').textContent())
}

describeInBrowser('signing in by a provider', () => {
  it.each([true, false])(
    'leads to the page that was wanted, and to the same account again (JavaScript: %s)',
    async (javaScriptEnabled) => {
      const page = await openBrowser({ javaScriptEnabled })
      const email = `mina-${javaScriptEnabled}@owned.example`
      await page.goto('/console?state=done')
      await page.getByRole('link', { name: BUTTON }).click()
      await answerProvider(page, email)
      await page.getByRole('heading', { level: 1, name: en.views.all }).waitFor()
      expect(new URL(page.url()).search).toBe('?state=done')
      const id = await userIdOf(page)

      await signOut(page)
      await page.getByText(en.notices.signed_out).waitFor()
      await logIn(page, email)
      await page.locator('.add').waitFor()
      expect(await userIdOf(page)).toBe(id)
    },
  )

  it('works with the keyboard alone', async () => {
    const page = await openBrowser()
    await page.goto('/console/sign-in')
    await page.locator('[name=recipient]:focus').waitFor()
    await page.keyboard.press('Shift+Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe(BUTTON)
    await page.keyboard.press('Enter')
    await page.locator('[name=email]:focus').waitFor()
    await page.keyboard.type('keys@owned.example')
    await page.keyboard.press('Enter')
    await page.locator('.add').waitFor()
  })

  it('says what happened if somebody cancels, and tries again', async () => {
    const page = await openBrowser({ javaScriptEnabled: false })
    await page.goto('/console?q=milk')
    await page.getByRole('link', { name: BUTTON }).click()
    await answerProvider(page, 'shy@owned.example', { button: 'cancel' })
    await page.getByRole('heading', { name: en.social.cancelled }).waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('Nothing was changed.')
    await page.getByRole('link', { name: en.social.tryAgain }).click()
    await answerProvider(page, 'shy@owned.example')
    await page.getByRole('heading', { level: 1, name: en.views.all }).waitFor()
    expect(new URL(page.url()).search).toBe('?q=milk')
  })

  it.each([true, false])(
    'asks for a code if an account has the address already, and connects the two (JavaScript: %s)',
    async (javaScriptEnabled) => {
      const email = `before-${javaScriptEnabled}@example.com`
      const first = await signUp(`before-${javaScriptEnabled}`, { javaScriptEnabled })
      await first.goto(OUTBOX_LINK)
      await first.goto('/console/account/email')
      await first.getByLabel(en.contacts.email.new).fill(email)
      await first.getByRole('button', { name: en.signIn.submit }).click()
      await enterCode(first)
      await first.getByText(en.notices.contact_saved).waitFor()

      const page = await openBrowser({ javaScriptEnabled })
      await page.goto(OUTBOX_LINK)
      await page.goto('/console?state=open')
      await page.getByRole('link', { name: BUTTON }).click()
      await answerProvider(page, email)
      await page.getByRole('heading', { name: en.social.proof.title }).waitFor()
      expect(await page.getByLabel(en.social.proof.email).inputValue()).toBe(email)
      if (javaScriptEnabled) await expectAccessibleInEveryLook(page)
      await page.getByRole('button', { name: en.signIn.submit }).click()
      await enterCode(page)
      await page.getByText(en.notices.identity_connected(NAME)).waitFor()
      expect(new URL(page.url()).search).toBe('?state=open')
      expect(await userIdOf(page)).toBe(await userIdOf(first))
    },
  )

  it('has buttons that are readable for every provider, in both languages', async () => {
    const page = await openBrowser()
    for (const t of [en, ko]) {
      await page.goto('/console/sign-in')
      const providers = PROVIDER_IDS.map((id) => ({ id, name: providerName(id) }))
      const html = String(await ProviderButtons({ t, providers, to: '/console' }))
      await page.evaluate(`document.querySelector('main').innerHTML = ${JSON.stringify(`<h1>x</h1>${html}`)}`)
      expect(await page.getByRole('link', { name: t.social.continueWith('kakao', 'Kakao') }).count()).toBe(1)
      await expectAccessibleInEveryLook(page)
    }
  })

  it('is in Korean, and its pages are accessible', async () => {
    const page = await openBrowser({ locale: 'ko-KR', viewport: { width: 360, height: 800 } })
    await page.goto('/console/sign-in')
    await expectAccessibleInEveryLook(page)
    await page.getByRole('link', { name: ko.social.continueWith('test', NAME) }).click()
    await answerProvider(page, 'nobody@owned.example', { button: 'cancel' })
    await page.getByRole('heading', { name: ko.social.cancelled }).waitFor()
    await expectAccessibleInEveryLook(page)
  })
})

describeInBrowser('the account page', () => {
  it.each([true, false])('connects a provider and removes it (JavaScript: %s)', async (javaScriptEnabled) => {
    const page = await signUp(`connects-${javaScriptEnabled}`, { javaScriptEnabled })
    await page.goto('/console/account')
    await page.getByRole('button', { name: en.social.connect('test', NAME) }).click()
    await answerProvider(page, `connects-${javaScriptEnabled}@example.com`)
    await page.getByText(en.notices.identity_connected(NAME)).waitFor()
    expect(new URL(page.url()).search).toBe('')
    await page.getByText(`connects-${javaScriptEnabled}@example.com`).waitFor()
    if (javaScriptEnabled) await expectAccessibleInEveryLook(page)

    await page.getByRole('button', { name: en.social.remove, exact: true }).click()
    await page.getByText(en.notices.identity_removed(NAME)).waitFor()
    expect(await page.locator('.identity').count()).toBe(0)
    await page.goto('/console/account/activity')
    await page.getByText(`${NAME} was connected`).waitFor()
    await page.getByText(`${NAME} was removed`).waitFor()
  })

  it('does not remove the last way to sign in', async () => {
    const page = await openBrowser()
    await logIn(page, 'only-way@example.com', { isVerified: false })
    await page.locator('.add').waitFor()
    await page.goto('/console/account')
    await page.getByRole('button', { name: en.social.remove, exact: true }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toBe(en.error('last_way_to_log_in'))
    expect(await page.locator('.identity').count()).toBe(1)
    await expectAccessibleInEveryLook(page)
  })

  it('says why a provider was not connected', async () => {
    const page = await openBrowser()
    await logIn(page, 'taken@owned.example')
    await page.locator('.add').waitFor()
    const other = await signUp('takes')
    await other.goto('/console/account')
    await other.getByRole('button', { name: en.social.connect('test', NAME) }).click()
    await answerProvider(other, 'taken@owned.example')
    await other.getByRole('alert').waitFor()
    expect(await other.getByRole('alert').textContent()).toBe(en.social.problem('identity_taken', NAME))
    await expectAccessibleInEveryLook(other)
  })
})
