import type { CDPSession, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import { codeAt, stepAt } from '../../src/log-in/second-factor/totp'
import { idsOn, openDevTools, plugIn, setPresence } from './authenticators'
import { expectAccessibleInEveryLook } from './axe'
import { describeInBrowser, OUTBOX_LINK, openBrowser } from './browser'
import { PASSWORD, signOut, signUp } from './people'

/*
 * The pages for passkeys, with the authenticators of Chromium.
 */

const { passkeys } = en
const ADDED = en.notices.passkey_added('x').replace(/.*“x” /, '')

/** Writes down what the page asks the browser, in `asked`. The next page finds it in `sessionStorage`. `fail` names an error for the next question. */
const WATCH = `
  window.asked = []
  addEventListener('pagehide', () => { sessionStorage.asked = JSON.stringify(asked) })
  for (const method of ['get', 'create']) {
    const original = navigator.credentials[method].bind(navigator.credentials)
    navigator.credentials[method] = async (options) => {
      const { challenge } = options.publicKey
      const entry = { method, mediation: options.mediation, challenge: String(challenge), ended: null }
      asked.push(entry)
      try {
        const { fail } = window
        window.fail = undefined
        if (fail) throw new DOMException('As the test wants it', fail)
        const credential = await original(options)
        entry.ended = 'answered'
        return credential
      } catch (error) {
        entry.ended = error.name
        throw error
      }
    }
  }
`

interface Asked {
  method: 'get' | 'create'
  mediation?: string
  challenge: string
  ended: string | null
}

const askedOf = (page: Page): Promise<Asked[]> => page.evaluate<Asked[]>('asked')
const endsOf = async (page: Page) => (await askedOf(page)).map(({ mediation, ended }) => [mediation, ended])

/** Expects something of what a page will have done, however busy the computer is. */
const soon = <Value>(read: () => Value | Promise<Value>) => expect.poll(read, { timeout: 10_000 })

interface Owner {
  page: Page
  devTools: CDPSession
  authenticatorId: string
}

type BrowserOptions = Parameters<typeof signUp>[1]

/** Signs somebody up in a browser with an authenticator. The offer of a passkey is on the page. */
async function signUpWithAuthenticator(username: string, options?: BrowserOptions): Promise<Owner> {
  const page = await openBrowser(options)
  await page.addInitScript(WATCH)
  const devTools = await openDevTools(page)
  const authenticatorId = await plugIn(devTools)
  await page.goto('/console/sign-up')
  await page.locator('[name=username]').fill(username)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.locator('main [type=submit]').click()
  await page.locator('.add').waitFor()
  return { page, devTools, authenticatorId }
}

/** Somebody who has added a passkey on the page, and has signed out. Nobody touches the authenticator. */
async function signedOutOwner(username: string, options?: BrowserOptions): Promise<Owner> {
  const owner = await signUpWithAuthenticator(username, options)
  const { page, devTools, authenticatorId } = owner
  await page.locator('.offer').getByRole('button').first().click()
  await soon(() => idsOn(devTools, authenticatorId)).toHaveLength(1)
  await page.locator('main:not(:has(.offer)) .notice').waitFor()
  await setPresence(devTools, authenticatorId, false)
  await leave(page)
  await waitForOffer(page)
  return owner
}

async function leave(page: Page): Promise<void> {
  await signOut(page)
  await page.locator('[data-passkey=sign-in] button').waitFor()
}

async function signInByPassword(page: Page, username: string): Promise<void> {
  await page.goto('/console/sign-in/password')
  await page.locator('[name=identifier]').fill(username)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.locator('main [type=submit]').click()
}

/** Turns an authenticator app on, for whoever is signed in on this page. */
async function turnAppOn(page: Page): Promise<void> {
  const begun: { secret: string } = await page.evaluate(() =>
    fetch('/api/v1/users/me/totp', { method: 'POST' }).then((answer) => answer.json()),
  )
  const code = await codeAt(begun.secret, stepAt(Date.now()))
  const status = await page.evaluate(
    (body) =>
      fetch('/api/v1/users/me/totp', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body }).then(
        (answer) => answer.status,
      ),
    JSON.stringify({ code }),
  )
  expect(status).toBe(200)
}

/** The button, and what it says beside. */
const signInButton = (page: Page) => page.getByRole('button', { name: passkeys.signIn })
const outcomeOf = (page: Page) => page.locator('form:not([hidden]) > .outcome')

/** Waits until passkeys are offered where the name is typed. */
const waitForOffer = (page: Page, count = 1) =>
  soon(async () => (await askedOf(page)).filter(({ mediation }) => mediation === 'conditional').length).toBe(count)

describeInBrowser('signing in by a passkey', () => {
  it('is the second step too, beside the code of the app', async () => {
    const { page, devTools, authenticatorId } = await signedOutOwner('second-step')
    await signInByPassword(page, 'second-step')
    await page.waitForURL('**/console')
    await turnAppOn(page)
    await leave(page)
    await signInByPassword(page, 'second-step')
    await page.waitForURL('**/console/sign-in/second-factor')
    await expectAccessibleInEveryLook(page)
    await waitForOffer(page)
    await setPresence(devTools, authenticatorId, true)
    await signInButton(page).click()
    await page.waitForURL('**/console')
  })

  it('takes no typing: the browser offers it where the name is typed', async () => {
    const { page, devTools, authenticatorId } = await signedOutOwner('autofill')
    expect(await endsOf(page)).toEqual([['conditional', null]])
    expect(new URL(page.url()).pathname).toBe('/console/sign-in')
    await setPresence(devTools, authenticatorId, true)
    for (const path of [
      '/console/sign-in?to=%2Fconsole%2Faccount',
      '/console/sign-in/password?to=%2Fconsole%2Faccount',
    ]) {
      await page.goto(path)
      await page.getByRole('heading', { name: en.account.title }).waitFor()
      expect(new URL(page.url()).pathname).toBe('/console/account')
      await setPresence(devTools, authenticatorId, false)
      await leave(page)
      await waitForOffer(page)
      await setPresence(devTools, authenticatorId, true)
    }
  })

  it('works by the button, which first ends the offer and uses the same challenge', async () => {
    const { page, devTools, authenticatorId } = await signedOutOwner('button')
    await setPresence(devTools, authenticatorId, true)
    await signInButton(page).click()
    await page.locator('.add').waitFor()
    const asked = await page.evaluate<Asked[]>('JSON.parse(sessionStorage.asked)')
    expect(asked.map(({ mediation, ended }) => [mediation, ended])).toEqual([
      ['conditional', 'AbortError'],
      ['optional', 'answered'],
    ])
    expect(asked[0]?.challenge).toBe(asked[1]?.challenge)
    // The log-in was by a passkey, so none is offered.
    expect(await page.locator('[data-passkey-offer]').count()).toBe(0)
  })

  it('says so if it was cancelled, stays as it is, and offers it again', async () => {
    const { page } = await signedOutOwner('canceller')
    await page.getByLabel(en.signIn.recipient).fill('typed@example.com')
    await page.evaluate("window.fail = 'NotAllowedError'")
    await signInButton(page).click()
    await soon(() => outcomeOf(page).textContent()).toBe(passkeys.outcomes.cancelled)
    await waitForOffer(page, 2)
    expect(await endsOf(page)).toEqual([
      ['conditional', 'AbortError'],
      ['optional', 'NotAllowedError'],
      ['conditional', null],
    ])
    expect(await page.getByLabel(en.signIn.recipient).inputValue()).toBe('typed@example.com')
    await expectAccessibleInEveryLook(page)
  })

  it('says so if somebody is not verified', async () => {
    const { page, devTools, authenticatorId } = await signedOutOwner('stranger-here')
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await setPresence(devTools, authenticatorId, true)
    await signInButton(page).click()
    await soon(() => outcomeOf(page).textContent()).toBe(passkeys.outcomes.cancelled)
    // What is refused at once is not asked again for ever.
    await page.waitForTimeout(1500)
    expect((await askedOf(page)).length).toBeLessThan(6)
  })

  it('shows what the server refused, offers it again, and then works', async () => {
    const { page, devTools, authenticatorId } = await signedOutOwner('second-try')
    await devTools.send('WebAuthn.setResponseOverrideBits', { authenticatorId, isBogusSignature: true })
    await setPresence(devTools, authenticatorId, true)
    await page.route('**/console/sign-in/passkey', async (route) => {
      await setPresence(devTools, authenticatorId, false)
      await devTools.send('WebAuthn.setResponseOverrideBits', { authenticatorId, isBogusSignature: false })
      await route.continue()
    })
    await signInButton(page).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toBe(en.error('invalid_passkey'))
    await waitForOffer(page)
    await expectAccessibleInEveryLook(page)
    await setPresence(devTools, authenticatorId, true)
    await signInButton(page).click()
    await page.locator('.add').waitFor()
  })

  it('makes the browser forget a passkey that nobody has, and only that', async () => {
    const { page, devTools, authenticatorId } = await signedOutOwner('forgetful-one')
    const [gone] = await idsOn(devTools, authenticatorId)
    const credentials = { identifier: 'forgetful-one', password: PASSWORD }
    expect((await page.request.post('/api/v1/auth/log-in', { data: credentials })).status()).toBe(200)
    const list = await (await page.request.get('/api/v1/users/me/passkeys')).json()
    expect(list.passkeys).toMatchObject([{ credentialId: gone }])
    expect((await page.request.delete(`/api/v1/users/me/passkeys/${list.passkeys[0].id}`)).status()).toBe(204)
    await page.request.post('/api/v1/auth/log-out')
    expect(await idsOn(devTools, authenticatorId)).toEqual([gone])
    await setPresence(devTools, authenticatorId, true)
    await signInButton(page).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toBe(en.error('unknown_passkey'))
    await soon(() => idsOn(devTools, authenticatorId)).toEqual([])
    await expectAccessibleInEveryLook(page)
  })

  it('asks for another challenge before one is five minutes old, but not in the background', async () => {
    const { page } = await signedOutOwner('waiter')
    await page.clock.install()
    await page.reload()
    await waitForOffer(page)
    await page.clock.runFor('03:30')
    expect(await endsOf(page)).toEqual([['conditional', null]])
    await page.clock.runFor('01:10')
    await waitForOffer(page, 2)
    const [first, second] = await askedOf(page)
    expect([first?.ended, second?.ended]).toEqual(['AbortError', null])
    expect(first?.challenge).not.toBe(second?.challenge)
    await page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await page.clock.runFor('30:00')
    expect(await askedOf(page)).toHaveLength(2)
    await page.evaluate("delete document.hidden, document.dispatchEvent(new Event('visibilitychange'))")
    await waitForOffer(page, 3)
  })

  it('needs no methods that old browsers and some password managers lack', async () => {
    const { page, devTools, authenticatorId } = await signedOutOwner('old-browser')
    await page.addInitScript(`
      delete PublicKeyCredential.prototype.toJSON
      for (const name of Object.getOwnPropertyNames(PublicKeyCredential)) {
        if (/^(parse|signal|getClient|isConditional)/.test(name)) delete PublicKeyCredential[name]
      }
    `)
    await page.reload()
    await setPresence(devTools, authenticatorId, true)
    await signInButton(page).click()
    await page.locator('.add').waitFor()
    await page.goto('/console/account')
    await page.getByText(passkeys.lastUsedAt).waitFor()
  })

  it('has no button without JavaScript, nor in a browser without passkeys, where nothing else changes', async () => {
    for (const options of [{ javaScriptEnabled: false }, {}]) {
      const page = await openBrowser(options)
      await page.addInitScript('delete window.PublicKeyCredential')
      await page.goto(OUTBOX_LINK)
      await page.getByLabel(en.signIn.recipient).waitFor()
      expect(await signInButton(page).count()).toBe(0)
      await page.getByLabel(en.signIn.recipient).fill(`plain-${String(options.javaScriptEnabled)}@example.com`)
      await page.getByRole('button', { name: en.signIn.submit }).click()
      await page.locator('.outbox output').waitFor()
    }
  })

  it('says so if the API does not answer', async () => {
    const page = await openBrowser()
    const devTools = await openDevTools(page)
    await plugIn(devTools)
    await page.route('**/passkeys/options', (route) => route.fulfill({ status: 429, body: '{}' }))
    await page.goto('/console/sign-in')
    await signInButton(page).click()
    await soon(() => outcomeOf(page).textContent()).toBe(passkeys.outcomes.failed)
  })
})

describeInBrowser('the offer of a passkey', () => {
  it('is made once, and adds one where it stands', async () => {
    const { page, devTools, authenticatorId } = await signUpWithAuthenticator('offered')
    const offer = page.getByRole('region', { name: passkeys.offer.title })
    await offer.waitFor()
    await expectAccessibleInEveryLook(page)
    await offer.getByRole('button', { name: passkeys.add }).click()
    await page.getByText(ADDED).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console')
    expect(await idsOn(devTools, authenticatorId)).toHaveLength(1)
    await page.reload()
    expect(await page.locator('[data-passkey-offer]').count()).toBe(0)
  })

  it('goes away without a reload, and does not come back after the next log-in', async () => {
    const { page, devTools, authenticatorId } = await signUpWithAuthenticator('not-now')
    await setPresence(devTools, authenticatorId, false)
    const offer = page.getByRole('region', { name: passkeys.offer.title })
    await page.evaluate('window.stayed = true')
    await offer.getByRole('button', { name: passkeys.offer.notNow }).click()
    await offer.waitFor({ state: 'hidden' })
    expect(await page.evaluate('stayed && document.activeElement.id')).toBe('main')
    await leave(page)
    await page.goto('/console/sign-in/password')
    await page.locator('[name=identifier]').fill('not-now')
    await page.locator('[name=password]').fill(PASSWORD)
    await page.locator('main [type=submit]').click()
    await page.locator('.add').waitFor()
    expect(await page.locator('[data-passkey-offer]').count()).toBe(0)
  })

  it('says beside its button what went wrong', async () => {
    const { page } = await signUpWithAuthenticator('hesitant')
    await page.evaluate("window.fail = 'NotAllowedError'")
    await page.getByRole('button', { name: passkeys.add }).click()
    await soon(() => outcomeOf(page).textContent()).toBe(passkeys.outcomes.cancelled)
    await expectAccessibleInEveryLook(page)
  })

  it('is not made where the browser cannot keep a passkey, nor to an account that has one', async () => {
    const plain = await signUp('plain-browser')
    await plain.waitForTimeout(500)
    expect(await plain.locator('.offer').isVisible()).toBe(false)

    const { page } = await signUpWithAuthenticator('has-one')
    await page.getByRole('button', { name: passkeys.add }).click()
    await page.getByText(ADDED).waitFor()
    const other = await openBrowser()
    await plugIn(await openDevTools(other))
    await other.goto('/console/sign-in/password')
    await other.locator('[name=identifier]').fill('has-one')
    await other.locator('[name=password]').fill(PASSWORD)
    const listed = other.waitForResponse('**/api/v1/users/me/passkeys')
    await other.locator('main [type=submit]').click()
    await (await listed).finished()
    await other.waitForTimeout(200)
    expect(await other.locator('.offer').isVisible()).toBe(false)
  })
})

describeInBrowser('the passkeys of an account', () => {
  it('are added, renamed and removed, and the browser is told of each', async () => {
    const { page, devTools, authenticatorId } = await signUpWithAuthenticator('passkey-keeper')
    await page.goto('/console/account')
    await page.getByRole('button', { name: passkeys.add }).click()
    await page.getByText(ADDED).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console/account')
    await expectAccessibleInEveryLook(page)

    // The authenticator has one, and makes no other one.
    await page.getByRole('button', { name: passkeys.add }).click()
    await soon(() => outcomeOf(page).textContent()).toBe(passkeys.outcomes.existing)
    await expectAccessibleInEveryLook(page)

    await page.locator('.passkeys a').click()
    await expectAccessibleInEveryLook(page)
    await page.getByLabel(passkeys.name).fill('')
    await page.getByLabel(passkeys.name).fill('x'.repeat(51))
    await page.getByRole('button', { name: en.save }).click()
    await page.locator('#name-fault').waitFor()
    await expectAccessibleInEveryLook(page)
    await page.getByLabel(passkeys.name).fill('My laptop')
    await page.getByRole('button', { name: en.save }).click()
    await page.locator('.passkeys').getByText('My laptop').waitFor()

    await page.locator('.passkeys a').click()
    expect(await idsOn(devTools, authenticatorId)).toHaveLength(1)
    await page.getByRole('button', { name: passkeys.remove }).click()
    await page.getByText(en.notices.passkey_removed('My laptop')).waitFor()
    await soon(() => idsOn(devTools, authenticatorId)).toEqual([])
  })

  it('may be on two authenticators, and what the user is called changes on both', async () => {
    const { page, devTools } = await signUpWithAuthenticator('two-keys')
    await page.goto('/console/account')
    await page.getByRole('button', { name: passkeys.add }).click()
    await page.getByText(ADDED).waitFor()
    await plugIn(devTools, { transport: 'usb' })
    await page.getByRole('button', { name: passkeys.add }).click()
    await soon(() => page.locator('.passkeys a').count()).toBe(2)
    const updated: string[] = []
    devTools.on('WebAuthn.credentialUpdated', ({ credential }) => updated.push(String(credential.userDisplayName)))
    await page.goto('/console/account/profile')
    await page.locator('[name=name]').fill('Two Keys')
    await page.getByRole('button', { name: en.save }).click()
    await page.getByText(en.notices.saved).waitFor()
    await soon(() => updated).toContain('Two Keys')
    expect(await page.locator('.passkeys a').count()).toBe(2)
  })

  it('need a fresh sign-in to be added: the password is asked for, and the page goes on', async () => {
    const { page } = await signUpWithAuthenticator('proven')
    await page.goto('/console/account')
    // As if ten minutes had passed.
    await page.route('**/users/me/passkeys/options', (route) => route.fulfill({ status: 403, body: '{}' }))
    await page.getByRole('button', { name: passkeys.add }).click()
    // The server begins, and gives what to ask in the page.
    await page.getByRole('heading', { name: passkeys.add }).waitFor()
    await expectAccessibleInEveryLook(page)
    await page.getByRole('button', { name: passkeys.add }).click()
    await page.getByText(ADDED).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console/account')
  })

  it('say beside the button what the server refused', async () => {
    const { page } = await signUpWithAuthenticator('refused')
    await page.goto('/console/account')
    await page.route('**/console/account/passkeys', (route) => {
      const fields = new URLSearchParams(route.request().postData() ?? '')
      fields.set('challengeToken', 'x')
      return route.continue({ postData: String(fields) })
    })
    await page.getByRole('button', { name: passkeys.add }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toBe(en.error('invalid_passkey'))
    await expectAccessibleInEveryLook(page)
  })

  it('say so if somebody was not verified, or the device cannot keep one', async () => {
    const { page, devTools, authenticatorId } = await signUpWithAuthenticator('unsuited')
    await page.goto('/console/account')
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await page.getByRole('button', { name: passkeys.add }).click()
    await soon(() => outcomeOf(page).textContent()).toBe(passkeys.outcomes.cancelled)
    expect(await idsOn(devTools, authenticatorId)).toEqual([])
    for (const fail of ['ConstraintError', 'NotSupportedError']) {
      await page.evaluate(`window.fail = '${fail}'`)
      await page.getByRole('button', { name: passkeys.add }).click()
      await soon(() => outcomeOf(page).textContent()).toBe(passkeys.outcomes.unsuitable)
    }
  })
})

describeInBrowser('passkeys', () => {
  it('are in Korean, on a phone', async () => {
    const phone = { locale: 'ko-KR', viewport: { width: 360, height: 800 } }
    const { page } = await signedOutOwner('hangugeo', phone)
    await page.evaluate("window.fail = 'NotAllowedError'")
    await page.getByRole('button', { name: ko.passkeys.signIn }).click()
    await soon(() => outcomeOf(page).textContent()).toBe(ko.passkeys.outcomes.cancelled)
    await expectAccessibleInEveryLook(page)
  })

  it('need only the keyboard', async () => {
    const { page, devTools, authenticatorId } = await signUpWithAuthenticator('key-typist')
    const offer = page.getByRole('region', { name: passkeys.offer.title })
    await offer.waitFor()
    const tabTo = async (name: string) => {
      for (let tabs = 0; tabs < 30; tabs++) {
        await page.keyboard.press('Tab')
        if ((await page.evaluate<string>('document.activeElement.textContent')).startsWith(name)) return
      }
      throw new Error(`No Tab leads to ${name}`)
    }
    await tabTo(passkeys.add)
    await page.keyboard.press('Enter')
    await page.getByText(ADDED).waitFor()
    await setPresence(devTools, authenticatorId, false)
    await tabTo(en.look.menu)
    await page.keyboard.press('Enter')
    await tabTo(en.nav.signOut)
    await page.keyboard.press('Enter')
    await waitForOffer(page)
    await setPresence(devTools, authenticatorId, true)
    await tabTo(passkeys.signIn)
    await page.keyboard.press('Enter')
    await page.locator('.add').waitFor()
    await tabTo(en.look.menu)
    await page.keyboard.press('Enter')
    await tabTo(en.nav.account)
    await page.keyboard.press('Enter')
    await page.locator('.passkeys a').waitFor()
    await tabTo((await page.locator('.passkeys a > :first-child').textContent()) ?? '')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: passkeys.one, exact: true }).waitFor()
    await tabTo(passkeys.remove)
    await page.keyboard.press('Enter')
    await soon(() => page.locator('.passkeys a').count()).toBe(0)
    await page.getByText(/is removed\. It does not sign you in/).waitFor()
  })
})
