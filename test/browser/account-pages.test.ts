import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, ORIGIN, openBrowser } from './browser'
import { PASSWORD, signIn, signUp } from './people'

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1'

describeInBrowser('the account', () => {
  it('says who one is', async () => {
    const page = await signUp('who-am-i')
    await page.request.patch('/api/v1/users/me', { data: { name: 'Alice Liddell' } })
    await page.goto('/console/account')
    const owner = page.locator('.owner')
    expect(await owner.textContent()).toMatch(/Alice Liddell.*who-am-i.*Here since/s)
    await expectAccessibleInEveryLook(page)
  })

  it('ends a device that its owner does not know, and changes the password', async () => {
    const page = await signUp('not-me')
    await signIn('not-me', { userAgent: IPHONE })
    await page.goto('/console/account/devices')
    const stranger = page.locator('.devices li').filter({ hasText: 'Safari on iOS' })
    expect(await stranger.locator('svg').getAttribute('data-kind')).toBe('phone')
    await stranger.getByText(en.devices.notYou).click()
    await expectAccessibleInEveryLook(page)
    await stranger.getByRole('button', { name: en.devices.notYouSubmit }).click()
    await page.getByRole('heading', { name: en.password.change }).waitFor()
    await page.getByText(en.notices.session_ended).waitFor()
    await page.locator('[name=newPassword]').fill(`${PASSWORD} again`)
    await page.locator('[name=newPassword]').press('Enter')
    await page.getByText(en.notices.password_changed).waitFor()
  })

  it('has one line for many failed attempts, which opens', async () => {
    const page = await signUp('attacked')
    for (let n = 0; n < 4; n++) {
      const answer = await fetch(`${ORIGIN}/api/v1/auth/log-in`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'User-Agent': 'curl/8' },
        body: JSON.stringify({ identifier: 'attacked', password: 'wrong' }),
      })
      expect(answer.status).toBe(401)
    }
    const line = page.locator('main li').filter({ hasText: '4 failed attempts to sign in' })
    // The activity is written after the answer.
    const countLines = async () => {
      await page.goto('/console/account/activity')
      return line.count()
    }
    await expect.poll(countLines, { timeout: 20_000, interval: 500 }).toBe(1)
    expect(await line.locator('svg').getAttribute('data-kind')).toBe('program')
    await line.getByText(en.activity.each).click()
    expect(await line.locator('ol li').count()).toBe(4)
    await expectAccessibleInEveryLook(page)
  })
})

describeInBrowser('a session that has ended meanwhile', () => {
  it('loses nothing that was typed, without a script', async () => {
    const page = await signUp('interrupted', { javaScriptEnabled: false })
    const other = await signIn('interrupted')
    await page.locator('.add [name=contents]').fill('Buy milk & honey')
    await other.goto('/console/account/devices')
    await other.getByRole('button', { name: en.devices.endOthers }).click()
    await other.getByText(en.notices.sessions_ended).waitFor()
    // A token is good for some minutes. In that time the pages ask D1 only for what they show.
    await page.context().clearCookies({ name: '__Host-access' })
    await page.locator('.add [type=submit]').click()
    await page.getByRole('heading', { name: en.signedOut.title }).waitFor()
    await page.getByText('Buy milk & honey').waitFor()
    const body = await page.content()
    const reader = await openBrowser()
    await reader.route('**/console/sign-up', (route) => route.fulfill({ status: 401, contentType: 'text/html', body }))
    await reader.goto('/console/sign-up')
    await expectAccessibleInEveryLook(reader)
    const [tab] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: en.signedOut.signIn }).click(),
    ])
    await tab.goto('/console/sign-in/password')
    await tab.locator('[name=identifier]').fill('interrupted')
    await tab.locator('[name=password]').fill(PASSWORD)
    await tab.locator('main [type=submit]').click()
    await tab.locator('.add').waitFor()
    await page.getByRole('button', { name: en.signedOut.again }).click()
    await page.locator('.list .contents').getByText('Buy milk & honey').waitFor()
    await page.goto('/console')
    expect(await page.locator('.list .contents').count()).toBe(1)
  })
})
