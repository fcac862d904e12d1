import type { CDPSession, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { Passkey } from '../../src/account-data/passkeys'
import { describeInBrowser } from './browser'
import { signUp } from './people'

/*
 * Passkeys as docs/passkeys.md says that a page uses them, with the authenticators of Chromium. What a page does is text, because the
 * methods of JSON are newer than the types that we have.
 */

/** The pages of the console ask for nothing by script. Those that use passkeys have a policy of their own. */
const OWN_PAGES = { bypassCSP: true }

interface Answered {
  status: number
  body: { code?: string; id?: string; name?: string; user?: { username: string } }
}

const ADD = `(async () => {
  const begin = await fetch('/api/v1/users/me/passkeys/options', { method: 'POST' })
  const { publicKey, challengeToken } = await begin.json()
  const credential = await navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey),
  })
  const answer = await fetch('/api/v1/users/me/passkeys', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ response: credential.toJSON(), challengeToken }),
  })
  return { status: answer.status, body: await answer.json() }
})()`

const LOG_IN = `(async () => {
  const begin = await fetch('/api/v1/auth/passkeys/options', { method: 'POST' })
  const { publicKey } = await begin.json()
  const credential = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey),
  })
  const answer = await fetch('/api/v1/auth/passkeys/log-in', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ response: credential.toJSON() }),
  })
  return { status: answer.status, body: await answer.json() }
})()`

const add = (page: Page): Promise<Answered> => page.evaluate<Answered>(ADD)
const logIn = (page: Page): Promise<Answered> => page.evaluate<Answered>(LOG_IN)

const OPTIONS = {
  protocol: 'ctap2' as const,
  ctap2Version: 'ctap2_1' as const,
  transport: 'internal' as const,
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
}

/** Gives a browser an authenticator. Answers with its id. */
async function plugIn(devTools: CDPSession, differences: Partial<typeof OPTIONS> = {}): Promise<string> {
  const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: { ...OPTIONS, ...differences },
  })
  return authenticatorId
}

async function openDevTools(page: Page): Promise<CDPSession> {
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('WebAuthn.enable')
  return devTools
}

async function logOut(page: Page): Promise<void> {
  expect((await page.request.post('/api/v1/auth/log-out')).status()).toBe(204)
}

describeInBrowser('a passkey in Chromium', () => {
  it('is added and logs in, and the authenticator makes no other one', async () => {
    const page = await signUp('passkey-owner', OWN_PAGES)
    const devTools = await openDevTools(page)
    const authenticatorId = await plugIn(devTools)
    expect((await add(page)).status).toBe(201)
    const { credentials } = await devTools.send('WebAuthn.getCredentials', { authenticatorId })
    expect(credentials).toMatchObject([{ isResidentCredential: true, userName: 'passkey-owner' }])
    await expect(add(page)).rejects.toThrow('InvalidStateError')

    await logOut(page)
    expect(await logIn(page)).toMatchObject({ status: 200, body: { user: { username: 'passkey-owner' } } })
    await page.goto('/console')
    await page.locator('.add').waitFor()
  })

  it('may be on two authenticators, and the one that is removed logs nobody in', async () => {
    const page = await signUp('passkey-collector', OWN_PAGES)
    const devTools = await openDevTools(page)
    const first = await plugIn(devTools)
    const removed = await add(page)
    const { credentials } = await devTools.send('WebAuthn.getCredentials', { authenticatorId: first })
    await devTools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: first })
    const second = await plugIn(devTools, { transport: 'usb' as 'internal' })
    expect((await add(page)).status).toBe(201)
    const list = await page.request.get('/api/v1/users/me/passkeys')
    const { passkeys }: { passkeys: Passkey[] } = await list.json()
    expect(passkeys).toHaveLength(2)
    expect((await page.request.delete(`/api/v1/users/me/passkeys/${removed.body.id}`)).status()).toBe(204)

    await logOut(page)
    expect((await logIn(page)).status).toBe(200)
    await logOut(page)
    await devTools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: second })
    const again = await plugIn(devTools)
    for (const credential of credentials) {
      await devTools.send('WebAuthn.addCredential', { authenticatorId: again, credential })
    }
    expect(await logIn(page)).toMatchObject({ status: 404, body: { code: 'unknown_passkey' } })
  })

  it('is not used by somebody who was not verified', async () => {
    const page = await signUp('passkey-finder', OWN_PAGES)
    const devTools = await openDevTools(page)
    const authenticatorId = await plugIn(devTools)
    expect((await add(page)).status).toBe(201)
    await logOut(page)
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await expect(logIn(page)).rejects.toThrow('NotAllowedError')
    // What an authenticator that lies to its browser would answer.
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
    await devTools.send('WebAuthn.setResponseOverrideBits', { authenticatorId, isBadUV: true })
    expect(await logIn(page)).toMatchObject({ status: 403, body: { code: 'invalid_passkey' } })
    await devTools.send('WebAuthn.setResponseOverrideBits', { authenticatorId, isBogusSignature: true })
    expect(await logIn(page)).toMatchObject({ status: 403, body: { code: 'invalid_passkey' } })
  })
})
