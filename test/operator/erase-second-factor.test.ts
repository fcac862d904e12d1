import { describe, expect, it } from 'vitest'
import { eventsOf } from '../activity/read-activity'
import { advanceClock, DAY, HOUR, setClock } from '../helpers/clock'
import { allMessagesTo, proveContact, stranger } from '../helpers/codes'
import { signUpWithContacts } from '../helpers/devices'
import { OPERATOR, operator, readActs } from '../helpers/operator'
import { logIn, signUp, tally, together } from '../helpers/people'
import { firstFactor, logInWithBoth, secondFactorOf, turnOn } from '../helpers/second-factor'
import { rowsOf } from '../helpers/storage'

/* An authenticator and recovery codes that are lost. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'

const erase = ({ id }: { id: string }) =>
  operator().post<{ effectiveAt: string; code?: string } | undefined>(`${OPERATOR}/accounts/${id}/erase-second-factor`)
const isOver = async () => (await rowsOf('second_factors')).length === 0

/** The token in the link that each contact got. */
async function stopTokens(): Promise<string[]> {
  const all = [...(await allMessagesTo(EMAIL)), ...(await allMessagesTo(PHONE))]
  const asked = all.filter(({ purpose }) => purpose === 'second_factor_erasure_asked')
  return asked.map(({ text }) => /\/s\/([\w-]{16})$/m.exec(text.trim())?.[1] ?? '')
}

async function aliceWithFactor() {
  setClock(NOON)
  const alice = await signUpWithContacts('alice', [EMAIL, PHONE])
  return { alice, authenticator: await turnOn(alice) }
}

describe('the erasure of a second factor by an operator', () => {
  it('waits for 72 hours, and is told by every contact', async () => {
    const { alice } = await aliceWithFactor()
    expect(await erase(alice.user)).toMatchObject({ status: 202, body: { effectiveAt: '2026-12-04T12:00:00.000Z' } })
    expect(await stopTokens()).toHaveLength(2)
    expect(await secondFactorOf(alice)).toMatchObject({ erasureRequest: { effectiveAt: '2026-12-04T12:00:00.000Z' } })
    setClock(NOON + 72 * HOUR - 1)
    expect(await erase(alice.user)).toMatchObject({ status: 202 })
    await firstFactor('alice')
    setClock(NOON + 72 * HOUR)
    expect((await erase(alice.user)).status).toBe(204)
    expect(await isOver()).toBe(true)
    const { client } = await logIn('alice')
    expect(await stopTokens()).toHaveLength(2)
    expect((await allMessagesTo(PHONE)).map(({ purpose }) => purpose)).toContain('second_factor_off')
    expect((await readActs()).map(({ act }) => act)).toEqual(Array(3).fill('erase_second_factor'))
    expect(tally((await eventsOf({ client })).map(({ event }) => event))).toMatchObject({
      second_factor_erasure_asked: 1,
      second_factor_off: 1,
      operator_act: 3,
    })
  })

  it('is stopped by the link, and then cannot be asked for again on that day', async () => {
    const { alice } = await aliceWithFactor()
    await erase(alice.user)
    const [token] = await stopTokens()
    expect((await stranger().post('/users/removal-requests/stop', { token })).status).toBe(204)
    expect(await erase(alice.user)).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    setClock(NOON + 72 * HOUR)
    expect((await erase(alice.user)).status).toBe(202)
    expect(await isOver()).toBe(false)
  })

  it('is stopped by a log-in with the factor', async () => {
    const { alice, authenticator } = await aliceWithFactor()
    await erase(alice.user)
    const { client } = await logInWithBoth('alice', authenticator)
    expect(await secondFactorOf({ client })).toMatchObject({ erasureRequest: null })
    setClock(NOON + 72 * HOUR)
    expect((await erase(alice.user)).status).toBe(202)
    expect(await isOver()).toBe(false)
  })

  it('is void after a reset of the password', async () => {
    const { alice } = await aliceWithFactor()
    await erase(alice.user)
    const verificationToken = await proveContact(EMAIL, 'reset_password')
    await stranger().put('/auth/password', { newPassword: 'another horse battery staple', verificationToken })
    setClock(NOON + 72 * HOUR)
    expect((await erase(alice.user)).status).toBe(202)
    expect(await isOver()).toBe(false)
  })

  it('is good for seven days once its time has come', async () => {
    const { alice } = await aliceWithFactor()
    await erase(alice.user)
    setClock(NOON + 10 * DAY)
    expect((await erase(alice.user)).status).toBe(202)
    expect(await isOver()).toBe(false)
  })

  it('tells once when many ask at once, and erases once', async () => {
    const { alice } = await aliceWithFactor()
    await together(10, () => erase(alice.user))
    expect(await stopTokens()).toHaveLength(2)
    advanceClock(72 * HOUR)
    const answers = await together(10, () => erase(alice.user))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 409: 9 })
  })

  it('needs an account with a second factor', async () => {
    const { user } = await signUp('bob')
    expect(await erase(user)).toMatchObject({ status: 409, body: { code: 'no_second_factor' } })
    expect((await erase({ id: user.id.replace(/.$/, (last) => (last === '0' ? '1' : '0')) })).status).toBe(404)
  })

  it('shows operators that there is one, and no secret', async () => {
    const { alice, authenticator } = await aliceWithFactor()
    const seen = await operator().get(`${OPERATOR}/accounts/${alice.user.id}`)
    expect(seen.body).toMatchObject({ secondFactor: { recoveryCodesLeft: 10, erasureRequest: null } })
    const exported = await alice.client.get('/users/me/export')
    expect(exported.body).toMatchObject({ secondFactor: { since: '2026-12-01T12:00:00.000Z', recoveryCodesLeft: 10 } })
    const [row] = await rowsOf('second_factors')
    for (const text of [seen.text, exported.text]) {
      expect(text).not.toContain(authenticator.secret)
      expect(text).not.toContain(String(row?.['secret']))
    }
  })

  it('goes with the account', async () => {
    const { alice } = await aliceWithFactor()
    expect((await alice.client.delete('/users/me')).status).toBe(204)
    expect(await isOver()).toBe(true)
  })
})
