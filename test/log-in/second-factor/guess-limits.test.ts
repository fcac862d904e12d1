import { describe, expect, it } from 'vitest'
import { eventsOf } from '../../activity/read-activity'
import { Client, settleBackground } from '../../helpers/client'
import { advanceClock, HOUR, setClock } from '../../helpers/clock'
import { logIn, PASSWORD, signUp, tally, together } from '../../helpers/people'
import { type Asked, firstFactor, type SetUp, secondFactor, turnOn, wrongCodeOf } from '../../helpers/second-factor'
import { rowsOf } from '../../helpers/storage'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const codesOf = (answers: { status: number; body: { code?: string } }[]) =>
  tally(answers.map(({ status, body }) => body.code ?? status))

describe('guesses at a second factor', () => {
  it('are five in all, however many tokens and requests there are', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const wrong = await wrongCodeOf(authenticator)
    const tokens: Asked[] = []
    for (let n = 0; n < 20; n++) tokens.push(await firstFactor('alice'))
    const answers = await together(200, (n) => secondFactor(tokens[n % 20] ?? { secondFactorToken: '' }, wrong))
    expect(codesOf(answers)).toEqual({ invalid_code: 5, too_many_attempts: 195 })
    // A right one gets the same answer until the wait is over.
    const late = await firstFactor('alice')
    const right = await authenticator.code()
    const refused = await secondFactor(late, right)
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } })
    expect(refused.headers.get('Retry-After')).toBe('1')
    advanceClock(1000)
    expect((await secondFactor(late, right)).status).toBe(200)
    await settleBackground()
    expect(tally((await eventsOf(alice)).map(({ event }) => event))).toMatchObject({ second_factor_failed: 5 })
  })

  it('wait up to an hour, and neither a new token nor a right code clears them', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    let waits = 0
    for (let n = 0; n < 20; n++) {
      const answer = await secondFactor(await firstFactor('alice'), await wrongCodeOf(authenticator))
      expect(answer.status).toBe(401)
      const next = await secondFactor(await firstFactor('alice'), await wrongCodeOf(authenticator))
      if (next.status !== 429) continue
      waits = Number(next.headers.get('Retry-After'))
      advanceClock(waits * 1000)
    }
    expect(waits).toBe(3600)
    expect((await secondFactor(await firstFactor('alice'), await authenticator.code())).status).toBe(200)
    expect((await secondFactor(await firstFactor('alice'), await wrongCodeOf(authenticator))).status).toBe(401)
    expect((await secondFactor(await firstFactor('alice'), await authenticator.code())).status).toBe(429)
  })

  it('on devices that the password alone made known are counted together', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const devices: Client[] = []
    for (let n = 0; n < 4; n++) devices.push((await logIn('alice')).client)
    advanceClock(1000)
    const authenticator = await turnOn(alice)
    const wrong = await wrongCodeOf(authenticator)
    const answers = await together(20, async (n) => {
      const device = devices[n % 4]
      return secondFactor(await firstFactor('alice', device), wrong, device)
    })
    expect(codesOf(answers)).toEqual({ invalid_code: 5, too_many_attempts: 15 })
    // Whoever gives a code on one of them has a count of their own there from then on.
    const [device] = devices
    advanceClock(1000)
    expect((await secondFactor(await firstFactor('alice', device), await authenticator.code(), device)).status).toBe(
      200,
    )
    await secondFactor(await firstFactor('alice'), wrong)
    const right = await authenticator.code()
    expect((await secondFactor(await firstFactor('alice'), right)).status).toBe(429)
    expect((await secondFactor(await firstFactor('alice', device), right, device)).status).toBe(200)
  })

  it('are counted alike if they are made at recovery codes', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const tokens: Asked[] = []
    for (let n = 0; n < 20; n++) tokens.push(await firstFactor('alice'))
    const guess = (n: number) => `ZZZZ-ZZZZ-ZZZZ-${String(1000 + n)}`
    const answers = await together(200, (n) => secondFactor(tokens[n % 20] ?? { secondFactorToken: '' }, guess(n)))
    expect(codesOf(answers)).toEqual({ invalid_code: 5, too_many_attempts: 195 })
    const [right = ''] = authenticator.recoveryCodes
    expect((await secondFactor(await firstFactor('alice'), right)).status).toBe(429)
    // The code is not spent by a request that has to wait.
    advanceClock(1000)
    expect((await secondFactor(await firstFactor('alice'), right)).status).toBe(200)
  })

  it('do not lock the owner out on a known device', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    advanceClock(1000)
    const authenticator = await turnOn(alice)
    for (let n = 0; n < 6; n++) await secondFactor(await firstFactor('alice'), await wrongCodeOf(authenticator))
    const right = await authenticator.code()
    expect((await secondFactor(await firstFactor('alice'), right)).status).toBe(429)
    const asked = await firstFactor('alice', alice.client)
    expect((await secondFactor(asked, right, alice.client)).status).toBe(200)
  })

  it('with one token are five, even if they come slowly', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const asked = await firstFactor('alice')
    for (let n = 0; n < 5; n++) {
      expect((await secondFactor(asked, await wrongCodeOf(authenticator))).status).toBe(401)
    }
    advanceClock(2000)
    const ofAccount = async () =>
      (await rowsOf('log_in_throttle')).filter(({ key }) => `${key}`.startsWith(alice.user.id))
    const rows = await ofAccount()
    expect(await secondFactor(asked, await authenticator.code())).toMatchObject({
      status: 403,
      body: { code: 'invalid_second_factor_token' },
    })
    expect(await ofAccount()).toEqual(rows)
  })

  it('of a session that was stolen are counted too', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const guess = async () =>
      alice.client.delete('/users/me/totp', {
        currentPassword: PASSWORD,
        secondFactorCode: await wrongCodeOf(authenticator),
      })
    const answers = await together(20, guess)
    expect(codesOf(answers)).toEqual({ wrong_second_factor: 5, too_many_attempts: 15 })
    // The password was right each time. It is the second factor that has to wait.
    await settleBackground()
    const late = await guess()
    expect([late.status, late.headers.get('RateLimit-Policy')]).toEqual([429, '"second_factor_failures";q=5;w=3600'])
  })

  it('without a set-up are not counted: a stolen session does not keep its owner from a proof', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const stolen = await logIn('alice')
    const authenticator = await turnOn(alice)
    const answers = await together(20, () => stolen.client.put('/users/me/totp', { code: '000000' }))
    expect(codesOf(answers)).toEqual({ wrong_second_factor: 20 })
    await settleBackground()
    expect(tally((await eventsOf(alice)).map(({ event }) => event))).not.toHaveProperty('second_factor_failed')
    const proof = { currentPassword: PASSWORD, secondFactorCode: await authenticator.code() }
    expect((await alice.client.delete('/auth/sessions', proof)).status).toBe(204)
  })

  it('at a set-up are counted too', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    await alice.client.post<SetUp>('/users/me/totp')
    const answers = await together(20, () => alice.client.put('/users/me/totp', { code: '000000' }))
    expect(codesOf(answers)).toEqual({ wrong_second_factor: 5, too_many_attempts: 15 })
    advanceClock(HOUR)
    expect((await new Client().put('/users/me/totp', { code: '000000' })).status).toBe(401)
  })
})
