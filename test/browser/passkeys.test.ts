import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import DOCS from '../../docs/passkeys.md?raw'
import type { Passkey } from '../../src/account-data/passkeys'
import { idsOn, openDevTools, plugIn } from './authenticators'
import { describeInBrowser } from './browser'
import { signUp } from './people'

/*
 * Passkeys as docs/passkeys.md says that a page uses them, with the authenticators of Chromium: the samples run as they stand there.
 */

const [ADD = '', LOG_IN = '', KEEP_UP = '', ...others] = [...DOCS.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code)

interface Answered {
  status: number
  body: { code?: string; id?: string; name?: string; user?: { username: string } }
}

/** Runs samples in a page, one after the other. What the last request was answered comes back. */
const run = (page: Page, ...samples: string[]): Promise<Answered> =>
  page.evaluate<Answered>(`(async () => {
    let last
    const fetch = async (...about) => (last = await window.fetch(...about))
    ${samples.join('\n')}
    return { status: last.status, body: last.bodyUsed ? {} : await last.json() }
  })()`)

async function logOut(page: Page): Promise<void> {
  expect((await page.request.post('/api/v1/auth/log-out')).status()).toBe(204)
}

const listOf = async (page: Page): Promise<Passkey[]> =>
  (await (await page.request.get('/api/v1/users/me/passkeys')).json()).passkeys

describeInBrowser('a passkey in Chromium', () => {
  it('has three samples', () => {
    expect(others).toEqual([])
    expect(ADD).toContain('credentials.create')
    expect(LOG_IN).toContain('credentials.get')
    expect(KEEP_UP).toContain('signalUnknownCredential')
  })

  it('is added and logs in, and the authenticator makes no other one', async () => {
    const page = await signUp('passkey-owner')
    const devTools = await openDevTools(page)
    const authenticatorId = await plugIn(devTools)
    expect(await run(page, ADD)).toMatchObject({ status: 201, body: { name: 'My laptop' } })
    const { credentials } = await devTools.send('WebAuthn.getCredentials', { authenticatorId })
    expect(credentials).toMatchObject([{ isResidentCredential: true, userName: 'passkey-owner' }])
    await expect(run(page, ADD)).rejects.toThrow('InvalidStateError')

    await logOut(page)
    expect(await run(page, LOG_IN)).toMatchObject({ status: 200, body: { user: { username: 'passkey-owner' } } })
    await page.goto('/console')
    await page.locator('.add').waitFor()
  })

  it('may be on two authenticators, and the one that is removed logs nobody in', async () => {
    const page = await signUp('passkey-collector')
    const devTools = await openDevTools(page)
    const first = await plugIn(devTools)
    const removed = await run(page, ADD)
    const { credentials } = await devTools.send('WebAuthn.getCredentials', { authenticatorId: first })
    await devTools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: first })
    const second = await plugIn(devTools, { transport: 'usb' })
    expect((await run(page, ADD)).status).toBe(201)
    expect(await listOf(page)).toHaveLength(2)
    expect((await page.request.delete(`/api/v1/users/me/passkeys/${removed.body.id}`)).status()).toBe(204)

    await logOut(page)
    expect((await run(page, LOG_IN)).status).toBe(200)
    await logOut(page)
    await devTools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: second })
    const again = await plugIn(devTools)
    for (const credential of credentials) {
      await devTools.send('WebAuthn.addCredential', { authenticatorId: again, credential })
    }
    expect(await run(page, LOG_IN)).toMatchObject({ status: 404, body: { code: 'unknown_passkey' } })
  })

  it('that is removed is forgotten by the browser, which is told', async () => {
    const page = await signUp('passkey-remover')
    const devTools = await openDevTools(page)
    const authenticatorId = await plugIn(devTools)
    const { body } = await run(page, ADD)
    expect(await idsOn(devTools, authenticatorId)).toHaveLength(1)
    expect((await page.request.delete(`/api/v1/users/me/passkeys/${body.id}`)).status()).toBe(204)
    await run(page, LOG_IN, KEEP_UP)
    await expect.poll(() => idsOn(devTools, authenticatorId), { timeout: 10_000 }).toEqual([])
  })

  it('is not used by somebody who was not verified', async () => {
    const page = await signUp('passkey-finder')
    const devTools = await openDevTools(page)
    const authenticatorId = await plugIn(devTools)
    expect((await run(page, ADD)).status).toBe(201)
    await logOut(page)
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await expect(run(page, LOG_IN)).rejects.toThrow('NotAllowedError')
    // What an authenticator that lies to its browser would answer.
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
    await devTools.send('WebAuthn.setResponseOverrideBits', { authenticatorId, isBadUV: true })
    expect(await run(page, LOG_IN)).toMatchObject({ status: 403, body: { code: 'invalid_passkey' } })
    await devTools.send('WebAuthn.setResponseOverrideBits', { authenticatorId, isBogusSignature: true })
    expect(await run(page, LOG_IN)).toMatchObject({ status: 403, body: { code: 'invalid_passkey' } })
  })
})
