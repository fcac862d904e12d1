import { expect, it } from 'vitest'
import { createClient, keepInMemory } from '../../packages/client/src/client'
import { ORIGIN } from '../helpers/client'
import { exchangeFor, giveIdentity, identityOf } from '../helpers/identities'
import { signUp } from '../helpers/people'
import { idTokenOf, newPerson } from '../helpers/providers'
import { openNetwork } from './network'

const NONCE = 'a nonce of the app'

function startApp() {
  const tokens = keepInMemory()
  return { tokens, api: createClient(ORIGIN, { tokens, fetch: openNetwork().fetch }) }
}

it('keeps the tokens of a log-in by an ID token', async () => {
  const { api, tokens } = startApp()
  const idToken = await idTokenOf('google', newPerson(), { nonce: NONCE })
  const param = { provider: 'google' as const }
  const answer = await api.auth.social[':provider'].$post({ param, json: { idToken, nonce: NONCE, tokens: 'body' } })
  expect(answer.status).toBe(201)
  expect(tokens.get()).toEqual({ accessToken: expect.any(String), refreshToken: expect.any(String) })
  expect((await api.todos.$get({ query: {} })).status).toBe(200)
})

it('keeps the tokens of an app that came back from a provider by a link', async () => {
  const { api, tokens } = startApp()
  const identity = identityOf('of-alice')
  await giveIdentity(await signUp('alice'), identity)
  const answer = await api.auth.social.exchange.$post({ json: { ...(await exchangeFor(identity)), tokens: 'body' } })
  expect(answer.status).toBe(200)
  expect(tokens.get()).toEqual({ accessToken: expect.any(String), refreshToken: expect.any(String) })
  expect((await api.todos.$get({ query: {} })).status).toBe(200)
})
