import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, OUTBOX_LINK } from './browser'
import { signIn, signUp, typeCode } from './people'

describeInBrowser('the account pages', () => {
  it('list the devices, and a device whose session is ended is signed out', async () => {
    const here = await signUp('two-devices')
    const there = await signIn('two-devices')
    await here.goto('/console/account/devices')
    const rows = here.locator('main li')
    await expect.poll(() => rows.count()).toBe(2)
    await rows.filter({ hasNotText: en.devices.current }).getByRole('button', { name: en.devices.end }).click()
    await here.getByText(en.notices.session_ended).waitFor()
    await expect.poll(() => rows.count()).toBe(1)

    await there.goto('/console')
    await there.getByRole('heading', { name: en.signIn.title }).waitFor()
    await here.goto('/console')
    await here.locator('.add').waitFor()
  })

  it.each([true, false])('add an e-mail address with its code (JavaScript: %s)', async (javaScriptEnabled) => {
    const page = await signUp(`contacts-${javaScriptEnabled}`, { javaScriptEnabled })
    const address = `mine-${javaScriptEnabled}@example.com`
    await page.goto(OUTBOX_LINK)
    await page.goto('/console/account/email')
    await page.getByLabel(en.contacts.email.new).fill(address)
    await page.locator('main form button').first().click()
    await typeCode(page, await page.locator('.outbox output').textContent())
    await page.getByText(en.notices.contact_saved).waitFor()
    await page.locator('.owner').getByText(address).waitFor()
  })

  it('delete the account with everything in it', async () => {
    const page = await signUp('leaver')
    await page.goto('/console/account/delete')
    await page.getByLabel(en.deletion.confirm).check()
    await page.locator('main form button').click()
    await page.getByText(en.notices.account_deleted).waitFor()
    await page.goto('/console/account')
    await page.getByRole('heading', { name: en.signIn.title }).waitFor()
  })

  it('are accessible', async () => {
    const page = await signUp('settler')
    for (const path of [
      '',
      '/profile',
      '/email',
      '/phone',
      '/password',
      '/devices',
      '/activity',
      '/time-zone',
      '/calendar',
      '/delete',
    ]) {
      await page.goto(`/console/account${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expectAccessibleInEveryLook(page)
    }
  })
})
