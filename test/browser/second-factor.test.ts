import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import { codeAt, stepAt } from '../../src/log-in/second-factor/totp'
import { modulesOf, readQr } from '../helpers/read-qr'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, OUTBOX_LINK, openBrowser } from './browser'
import { PASSWORD, signIn, signOut, signUp, typeCode } from './people'

const PAGE = '/console/account/second-factor'
const { twoStep } = en

/** An authenticator app. It gives each code once, as D1 accepts each once. */
function newApp(secret: string): { code: () => Promise<string> } {
  let last = 0
  return {
    code: async () => {
      last = Math.max(last + 1, stepAt(Date.now()) - 1)
      return codeAt(secret, last)
    },
  }
}

const secretOn = async (page: Page): Promise<string> => (await page.locator('.secret').textContent()) ?? ''

const main = (page: Page) => page.getByRole('main')

/** Turns the second factor on. The page then shows the recovery codes. */
async function turnOn(page: Page, t = en) {
  await page.goto(PAGE)
  await main(page).getByRole('button', { name: t.twoStep.turnOn }).click()
  const app = newApp(await secretOn(page))
  await typeCode(page, await app.code())
  await page.getByRole('heading', { name: t.twoStep.kept.title }).waitFor()
  return { app, recoveryCodes: await page.locator('.codes code').allTextContents() }
}

async function leave(page: Page, t = en): Promise<void> {
  await signOut(page)
  await page.getByText(t.notices.signed_out).waitFor()
}

async function signInByPassword(page: Page, identifier: string, t = en): Promise<void> {
  await page.goto('/console/sign-in/password')
  await page.locator('[name=identifier]').fill(identifier)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.locator('main [type=submit]').click()
  await page.getByRole('heading', { name: t.secondFactor.title }).waitFor()
}

describeInBrowser('a second factor', () => {
  it.each([true, false])('is turned on, signs in, and is turned off (JavaScript: %s)', async (javaScriptEnabled) => {
    const name = `factor-${javaScriptEnabled}`
    const page = await signUp(name, { javaScriptEnabled })
    const { app, recoveryCodes } = await turnOn(page)
    expect(recoveryCodes).toHaveLength(10)
    await page.getByRole('button', { name: twoStep.kept.done }).click()
    await page.getByText(en.notices.recovery_codes_kept).waitFor()

    await leave(page)
    await signInByPassword(page, name)
    await typeCode(page, await app.code())
    await page.locator('.add').waitFor()

    await leave(page)
    await signInByPassword(page, name)
    await page.getByText(en.secondFactor.lost).click()
    await page.getByLabel(en.secondFactor.recoveryCode).fill(recoveryCodes[0] ?? '')
    await page.locator('details button').click()
    await page.getByText(en.notices.recovery_code_used('9')).waitFor()
    await page.getByRole('link', { name: twoStep.newCodes }).click()
    await page.getByRole('button', { name: twoStep.turnOff }).click()
    await page.getByText(en.notices.second_factor_off).waitFor()
  })

  it('has a QR code that says the same as the link, and a file with the recovery codes', async () => {
    const page = await signUp('factor-scanner')
    await page.goto(PAGE)
    await main(page).getByRole('button', { name: twoStep.turnOn }).click()
    const uri = await page.getByRole('link', { name: twoStep.setUp.open }).getAttribute('href')
    expect(new URL(uri ?? '').searchParams.get('secret')).toBe(await secretOn(page))
    const qr = page.getByRole('img', { name: twoStep.setUp.qr })
    const path = await qr.locator('path').getAttribute('d')
    const width = Number((await qr.getAttribute('viewBox'))?.split(' ')[2])
    expect(readQr(modulesOf(path ?? '', width - 8))).toBe(uri)
    expect((await qr.boundingBox())?.width).toBeGreaterThan(200)

    const { recoveryCodes } = await turnOn(page)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: twoStep.kept.download }).click(),
    ])
    let file = ''
    for await (const chunk of await download.createReadStream()) file += chunk
    for (const code of recoveryCodes) expect(file).toContain(code)

    // What the printer gets.
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.codes').isVisible()).toBe(true)
    for (const selector of ['.top', '.bottom', 'form']) expect(await page.locator(selector).isVisible()).toBe(false)
  })

  it('shows its recovery codes neither after a reload nor by the back button', async () => {
    const page = await signUp('factor-returner')
    const { recoveryCodes } = await turnOn(page)
    const [first = ''] = recoveryCodes
    await page.reload()
    await page.getByText(en.notices.recovery_codes_gone).waitFor()
    expect(await page.content()).not.toContain(first)
    await page.getByRole('button', { name: twoStep.newCodes }).click()
    const next = (await page.locator('.codes code').first().textContent()) ?? ''
    await page.getByRole('button', { name: twoStep.kept.done }).click()
    await page.getByText(en.notices.recovery_codes_kept).waitFor()
    // Chromium asks whether to send the form again.
    await page.goBack().catch(() => undefined)
    await expect.poll(() => page.content().catch(() => next)).not.toContain(next)
  })

  it('signs in after a code by e-mail too, in Korean', async () => {
    const page = await signUp('factor-korean', { locale: 'ko-KR' })
    const address = 'factor-korean@example.com'
    await page.goto(OUTBOX_LINK)
    await page.goto('/console/account/email')
    await page.getByLabel(ko.contacts.email.new).fill(address)
    await page.locator('main form button').first().click()
    await typeCode(page, await page.locator('.outbox output').textContent())
    await page.getByText(ko.notices.contact_saved).waitFor()
    const { app } = await turnOn(page, ko)
    await page.getByRole('button', { name: ko.twoStep.kept.done }).click()
    await page.getByText(ko.notices.recovery_codes_kept).waitFor()
    await expectAccessibleInEveryLook(page)

    const there = await openBrowser({ locale: 'ko-KR' })
    await signInByPassword(there, address, ko)
    await there.getByLabel(ko.secondFactor.label).fill(await app.code())
    await there.keyboard.press('Enter')
    await there.locator('.add').waitFor()
  })

  it('is turned on and used with the keyboard alone', async () => {
    const page = await signUp('factor-typist')
    await page.goto(PAGE)
    const pressOn = async (name: string) => {
      for (let presses = 0; presses < 20; presses++) {
        await page.keyboard.press('Tab')
        if ((await page.evaluate<string>('document.activeElement.textContent.trim()')) === name) break
      }
      expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe(name)
      await page.keyboard.press('Enter')
    }
    await pressOn(twoStep.turnOn)
    const app = newApp(await secretOn(page))
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab')
      if ((await page.evaluate('document.activeElement.id')) === 'code') break
    }
    await page.keyboard.type(await app.code())
    await page.keyboard.press('Enter')
    const first = (await page.locator('.codes code').first().textContent()) ?? ''
    await pressOn(twoStep.kept.done)
    await page.getByText(en.notices.recovery_codes_kept).waitFor()
    await leave(page)
    await signInByPassword(page, 'factor-typist')
    await pressOn(en.secondFactor.lost)
    await page.keyboard.press('Tab')
    await page.keyboard.type(first)
    await page.keyboard.press('Enter')
    await page.locator('.add').waitFor()
  })

  it('is accessible on each of its pages and in each state', async () => {
    const page = await signUp('factor-reader')
    const there = await signIn('factor-reader')
    await page.goto(PAGE)
    await expectAccessibleInEveryLook(page)
    await main(page).getByRole('button', { name: twoStep.turnOn }).click()
    await page.locator('.qr').waitFor()
    await expectAccessibleInEveryLook(page)
    await page.getByLabel(twoStep.setUp.code).fill('no code')
    await main(page).getByRole('button', { name: en.code.submit }).click()
    await page.locator('.fault').waitFor()
    await expectAccessibleInEveryLook(page)
    await turnOn(page)
    await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: twoStep.kept.done }).click()
    await page.getByText(en.notices.recovery_codes_kept).waitFor()
    await expectAccessibleInEveryLook(page)
    await page.goto('/console/account')
    await expectAccessibleInEveryLook(page)
    // That session has not included the second factor.
    await there.goto(PAGE)
    await there.getByRole('button', { name: twoStep.turnOff }).click()
    await there.getByLabel(en.proof.currentPassword).fill(PASSWORD)
    await expectAccessibleInEveryLook(there)
    await there.getByLabel(en.secondFactor.label).fill('no code')
    await main(there).getByRole('button', { name: twoStep.turnOff }).click()
    await there.locator('#secondFactorCode-fault').waitFor()
    await expectAccessibleInEveryLook(there)

    await leave(page)
    await signInByPassword(page, 'factor-reader')
    await expectAccessibleInEveryLook(page)
    await page.getByText(en.secondFactor.lost).click()
    await page.getByLabel(en.secondFactor.recoveryCode).fill('no code')
    await page.locator('details button').click()
    await page.locator('#recoveryCode-fault').waitFor()
    await expectAccessibleInEveryLook(page)
  })
})
