import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { codeAt, stepAt } from '../../../src/log-in/second-factor/totp'
import { aliceAndBob } from '../../helpers/alice-and-bob'
import { type Client, clientOf } from '../../helpers/client'
import { DAY, setClock } from '../../helpers/clock'
import { readDocument } from '../../helpers/document'
import { addPasskey } from '../../helpers/passkeys'
import { logIn, logInForTokens, type Person, signUp } from '../../helpers/people'
import { send, validRequests } from '../../helpers/requests'
import { countSessions, logInWithBoth, type SetUp, secondFactorOf, turnOn } from '../../helpers/second-factor'

/* Deployments that require a second factor. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const ALL = { REQUIRE_SECOND_FACTOR: 'all' }
const NOW = { ...ALL, SECOND_FACTOR_GRACE_DAYS: '0' }
const REFUSED = { status: 403, body: { code: 'second_factor_setup_required' } }

const { alice: owner } = aliceAndBob()

const isSetUpOnly = async (client: Client) => (await client.get('/todos')).status === 403

describe('where a second factor is required', () => {
  it('an account without one has 14 days from its sign-up', async () => {
    setClock(NOON)
    await signUp('carol', clientOf(ALL))
    setClock(NOON + 14 * DAY - 1)
    expect(await isSetUpOnly((await logIn('carol', clientOf(ALL))).client)).toBe(false)
    const { client } = await logIn('carol', clientOf(ALL))
    expect(await isSetUpOnly(client)).toBe(false)
    setClock(NOON + 14 * DAY)
    expect(await isSetUpOnly((await logIn('carol', clientOf(ALL))).client)).toBe(true)
    // Sessions that are there learn of it when they are refreshed.
    expect((await client.post('/auth/refresh')).status).toBe(200)
    expect(await client.get('/users/me')).toMatchObject(REFUSED)
  })

  it('an account that is older has its days from the day that is set', async () => {
    setClock(NOON)
    await signUp('carol')
    const settings = { ...ALL, SECOND_FACTOR_SINCE: '2027-03-01', SECOND_FACTOR_GRACE_DAYS: '7' }
    setClock(Date.parse('2027-03-07T23:59:59.999Z'))
    expect(await isSetUpOnly((await logIn('carol', clientOf(settings))).client)).toBe(false)
    setClock(Date.parse('2027-03-08T00:00:00.000Z'))
    expect(await isSetUpOnly((await logIn('carol', clientOf(settings))).client)).toBe(true)
  })

  it('a session then sets one up, and goes on after a refresh', async () => {
    const { client } = await signUp('carol', clientOf(NOW))
    expect(await client.get('/todos')).toMatchObject(REFUSED)
    expect(await secondFactorOf({ client })).toBeNull()
    await turnOn({ client })
    expect((await client.post('/auth/refresh')).status).toBe(200)
    expect((await client.get('/todos')).status).toBe(200)
    expect((await client.post('/auth/log-out')).status).toBe(204)
  })

  it('so does one of an app', async () => {
    await signUp('carol')
    const { accessToken, refreshToken } = await logInForTokens('carol', clientOf(NOW))
    const app = clientOf(NOW, { Authorization: `Bearer ${accessToken}` })
    expect(await app.get('/users/me')).toMatchObject(REFUSED)
    const { body } = await app.post<SetUp>('/users/me/totp')
    expect((await app.put('/users/me/totp', { code: await codeAt(body.secret, stepAt(Date.now())) })).status).toBe(200)
    const renewed = await clientOf(NOW).post<{ accessToken?: string }>('/auth/refresh', { refreshToken })
    const signedIn = clientOf(NOW, { Authorization: `Bearer ${renewed.body.accessToken}` })
    expect((await signedIn.get('/todos')).status).toBe(200)
  })

  const setUps: [string, (owner: Person) => Promise<unknown>][] = [
    ['an app', turnOn],
    ['a passkey', (owner) => addPasskey(owner)],
  ]

  it.each(setUps)('a session that could only set one up ends when another one has set up %s', async (_, setUp) => {
    const carol = await signUp('carol', clientOf(NOW))
    const thief = await logIn('carol', clientOf(NOW))
    await setUp(carol)
    expect((await carol.client.post('/auth/refresh')).status).toBe(200)
    expect((await carol.client.get('/todos')).status).toBe(200)
    expect(await thief.client.post('/auth/refresh')).toMatchObject({ status: 401 })
    expect(await countSessions(carol)).toBe(1)
  })

  it.each(setUps)('one that began before it had to goes on when another one has set up %s', async (_, setUp) => {
    setClock(NOON)
    const settings = { ...ALL, SECOND_FACTOR_GRACE_DAYS: '1' }
    const carol = await signUp('carol', clientOf(settings))
    const other = await logIn('carol', clientOf(settings))
    await setUp(carol)
    setClock(NOON + 2 * DAY)
    expect((await other.client.post('/auth/refresh')).status).toBe(200)
    expect((await other.client.get('/todos')).status).toBe(200)
  })

  it('turning it off again leaves a session that may only set one up', async () => {
    const carol = await signUp('carol', clientOf(NOW))
    const authenticator = await turnOn(carol)
    const other = await logInWithBoth('carol', authenticator, clientOf(NOW))
    expect((await other.client.delete('/users/me/totp')).status).toBe(204)
    for (const { client } of [carol, other]) {
      expect((await client.post('/auth/refresh')).status).toBe(200)
      expect(await client.get('/todos')).toMatchObject(REFUSED)
    }
  })

  it('nothing else is open to it', async () => {
    const { operations } = await readDocument()
    const open: string[] = []
    // A passkey counts as a second factor there.
    await env.DB.prepare('DELETE FROM passkeys').run()
    for (const [name, request] of Object.entries(validRequests)) {
      if (!request.needsUser && !request.needsUserAsSent) continue
      const alice = owner()
      const { client } = await logIn('alice', clientOf(NOW))
      const { status, body } = await send(request, { ...alice, client })
      if (status !== 403 || body?.code !== 'second_factor_setup_required') open.push(name)
      else {
        const operation = operations.find(({ operationId }) => operationId === name)
        expect(JSON.stringify(operation?.responses['403'])).toContain('second_factor_setup_required')
      }
    }
    expect(open.sort()).toEqual(['addPasskey', 'beginPasskey', 'beginTotp', 'confirmTotp', 'getSecondFactor'])
  })

  it('nobody else is asked for anything', async () => {
    const { client } = await signUp('carol', clientOf({ REQUIRE_SECOND_FACTOR: 'none', SECOND_FACTOR_GRACE_DAYS: '0' }))
    expect(await isSetUpOnly(client)).toBe(false)
  })

  it.each([
    ['REQUIRE_SECOND_FACTOR', 'some', 'must be "none" or "all"'],
    ['SECOND_FACTOR_GRACE_DAYS', 'many', 'must be a number'],
    ['SECOND_FACTOR_SINCE', '1 March', 'must be a day such as 2027-01-31'],
  ])('%s=%s is a mistake', async (name, value, fault) => {
    const answer = await clientOf({ [name]: value }).get<{ detail: string }>('/users/me')
    expect(answer).toMatchObject({ status: 503, body: { detail: `${name} ${fault}.` } })
  })
})
