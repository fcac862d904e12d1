import { expect, it } from 'vitest'
import { createClient, keepInMemory } from '../../packages/client/src/client'
import { Authenticator as Passkey } from '../helpers/authenticator'
import { ORIGIN } from '../helpers/client'
import { advanceClock, MINUTE, setClock } from '../helpers/clock'
import { addPasskey } from '../helpers/passkeys'
import { PASSWORD, signUp } from '../helpers/people'
import { turnOn } from '../helpers/second-factor'
import { openNetwork } from './network'

/* An app that logs in by a passkey, or with a second factor: the client keeps the tokens, and the types name what the app has to ask for. */

function startApp() {
  const tokens = keepInMemory()
  return { tokens, api: createClient(ORIGIN, { tokens, fetch: openNetwork().fetch }) }
}
type App = ReturnType<typeof startApp>

async function aliceWithBoth() {
  setClock(Date.now())
  const alice = await signUp('alice')
  const passkey = new Passkey()
  await addPasskey(alice, passkey)
  return { passkey, authenticator: await turnOn(alice) }
}

async function beginLogIn({ api }: App) {
  const begun = await api.auth['log-in'].$post({ json: { identifier: 'alice', password: PASSWORD, tokens: 'body' } })
  if (begun.status !== 403) throw new Error('The second factor is asked for')
  const { secondFactorToken = '', methods } = await begun.json()
  return { secondFactorToken, methods }
}

async function answerOf({ api }: App, passkey: Passkey) {
  const begun = await api.auth.passkeys.options.$post({ json: { tokens: 'body' } })
  if (!begun.ok) throw new Error('There are options')
  const { publicKey, challengeToken } = await begun.json()
  return { response: await passkey.get(publicKey), challengeToken }
}

async function expectSignedIn({ api, tokens }: App) {
  expect(tokens.get()).toEqual({ accessToken: expect.any(String), refreshToken: expect.any(String) })
  expect((await api.todos.$get({ query: {} })).status).toBe(200)
}

it('keeps the tokens of a log-in that goes on by a code', async () => {
  const { authenticator } = await aliceWithBoth()
  const app = startApp()
  const { secondFactorToken, methods } = await beginLogIn(app)
  expect([methods, app.tokens.get()]).toEqual([['totp', 'recovery_code', 'passkey'], null])
  const json = { secondFactorToken, code: await authenticator.code(), tokens: 'body' as const }
  expect((await app.api.auth['second-factor'].$post({ json })).status).toBe(200)
  await expectSignedIn(app)
})

it('keeps the tokens of a log-in that goes on by a passkey', async () => {
  const { passkey } = await aliceWithBoth()
  const app = startApp()
  const { secondFactorToken } = await beginLogIn(app)
  const json = { secondFactorToken, ...(await answerOf(app, passkey)), tokens: 'body' as const }
  expect((await app.api.auth['second-factor'].$post({ json })).status).toBe(200)
  await expectSignedIn(app)
})

it('keeps the tokens of a log-in by a passkey', async () => {
  const { passkey } = await aliceWithBoth()
  const app = startApp()
  const json = { ...(await answerOf(app, passkey)), tokens: 'body' as const }
  expect((await app.api.auth.passkeys['log-in'].$post({ json })).status).toBe(200)
  await expectSignedIn(app)
})

it('names what a fresh proof needs', async () => {
  const { passkey } = await aliceWithBoth()
  const app = startApp()
  const json = { ...(await answerOf(app, passkey)), tokens: 'body' as const }
  const logIn = await app.api.auth.passkeys['log-in'].$post({ json })
  expect(logIn.status).toBe(200)
  advanceClock(9 * MINUTE)
  await app.api.auth.refresh.$post({ json: { refreshToken: (await app.tokens.get())?.refreshToken } })
  advanceClock(2 * MINUTE)
  const refused = await app.api.users.me.$delete({ json: {} })
  if (refused.status !== 403) throw new Error('It needs a fresh proof')
  const { code, methods, secondFactorCodes } = await refused.json()
  expect([code, methods, secondFactorCodes]).toEqual([
    'fresh_proof_required',
    ['password', 'passkey'],
    ['totp', 'recovery_code'],
  ])
})
