import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { Client, newIpAddress, type ProblemBody } from '../helpers/client'
import { advanceClock, HOUR, MINUTE, setClock } from '../helpers/clock'
import { askForCode, codeRequest, rightGuess, stranger, wrongCode } from '../helpers/codes'
import { device, signUpWithContacts } from '../helpers/devices'
import { logIn, PASSWORD, type Person, tally, together } from '../helpers/people'
import { someOf } from '../helpers/some-of'
import { expectNoChanges, rowsOf } from '../helpers/storage'
import { hashOf, storeHash } from './password/hashes'

/* Strangers cannot keep owners out on devices that are known, and the owners leave no trace in what strangers see. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const WRONG = 'a wrong password'
const CHANNELS = ['sms', 'email'] as const

const contactOf = { sms: PHONE, email: EMAIL }

/** Alice, whose password is very fast to check, with a browser that she has logged out of. */
async function alice(bindings = {}): Promise<Person> {
  const person = await signUpWithContacts('alice', [EMAIL, PHONE], device({ bindings }))
  await storeHash(person.user.id, await hashOf(PASSWORD, { iterations: 1, rounds: 1 }))
  expect((await person.client.post('/auth/log-out')).status).toBe(204)
  return person
}

const guess = (password: string, client = stranger(), identifier = 'alice') =>
  client.post<ProblemBody>('/auth/log-in', { identifier, password })

const ask = (client: Client, to: string, purpose: 'log_in' | 'verify' | 'reset_password' = 'log_in') =>
  client.post<ProblemBody & { challengeId: string }>('/auth/otp', codeRequest(to, purpose))

beforeEach(() => {
  setClock(NOON)
})

describe('the password on a known device', () => {
  it('is right at once after 1,000 failures of strangers, who are still refused', async () => {
    const owner = await alice()
    for (let round = 0; round < 20; round++) {
      const answers = await together(50, () => guess(WRONG))
      expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(45)
    }
    const counts = async () => (await rowsOf('log_in_throttle')).map(({ id, ...count }) => count)
    const before = await counts()
    expect((await guess(PASSWORD)).status).toBe(429)
    await logIn('alice', owner.client)
    expect(await counts()).toEqual(before)
    expect((await guess(PASSWORD)).status).toBe(429)
  })

  it('is checked five times in a row, and then waits as everywhere', async () => {
    const owner = await alice()
    const answers = await together(20, () => guess(WRONG, owner.client))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 5, 429: 15 })
    expect((await guess(PASSWORD, owner.client)).status).toBe(429)
    // Strangers, other devices and other users of this one have counts of their own.
    expect((await guess(PASSWORD)).status).toBe(200)
    await signUpWithContacts('bobby', [], owner.client)
    expect((await guess(PASSWORD, owner.client, 'bobby')).status).toBe(200)
    advanceClock(1000)
    expect((await guess(PASSWORD, owner.client)).status).toBe(200)
  })

  it('is counted with the strangers on a device that only another user knows', async () => {
    await alice()
    const bobby = await signUpWithContacts('bobby', [])
    await together(6, () => guess(WRONG))
    expect((await guess(PASSWORD, bobby.client)).status).toBe(429)
  })

  it('is counted with the strangers once the devices are forgotten', async () => {
    const owner = await alice()
    const other = await logIn('alice')
    expect((await other.client.delete('/auth/sessions')).status).toBe(204)
    await together(6, () => guess(WRONG))
    expect((await guess(PASSWORD, owner.client)).status).toBe(429)
    expect((await guess(PASSWORD, other.client)).status).toBe(200)
  })

  it('leaves nothing of its counts when the account is deleted', async () => {
    const owner = await alice()
    await guess(WRONG, owner.client)
    await guess(WRONG)
    await logIn('alice', owner.client)
    await owner.client.delete('/auth/sessions', { currentPassword: WRONG })
    expect(await rowsOf('log_in_throttle')).toHaveLength(3)
    const exported = await owner.client.get<{ passwordFailures: unknown[] }>('/users/me/export')
    expect(exported.body.passwordFailures).toHaveLength(3)
    expect((await owner.client.delete('/users/me')).status).toBe(204)
    expect(await rowsOf('log_in_throttle')).toEqual([])
  })
})

describe.each(someOf(CHANNELS, 2))('a code for a known device, %s', (channel) => {
  const to = contactOf[channel]

  it('is sent after strangers have used up the recipient, and stays good when they ask again', async () => {
    const { client } = await alice()
    for (const [wait, purposes] of [
      [MINUTE, ['log_in', 'verify', 'reset_password'] as const],
      [HOUR, ['log_in', 'verify'] as const],
    ] as const) {
      for (const purpose of purposes) expect((await ask(stranger(), to, purpose)).status).toBe(202)
      advanceClock(wait)
    }
    const asked = await askForCode(client, codeRequest(to, 'log_in'))
    for (const purpose of ['log_in', 'verify', 'reset_password'] as const) {
      expect((await ask(stranger(), to, purpose)).status).toBe(202)
    }
    expect((await client.post('/auth/otp/log-in', rightGuess(asked))).status).toBe(200)
  })

  it('is sent and right after strangers have used up the guesses of a day', async () => {
    const { client } = await alice()
    for (const _ of Array(4)) {
      const asked = await askForCode(stranger(), codeRequest(to, 'log_in'))
      for (const __ of Array(5)) {
        await stranger().post('/auth/otp/log-in', { challengeId: asked.challengeId, code: wrongCode(asked.code) })
      }
      advanceClock(MINUTE)
    }
    expect((await ask(stranger(), to)).status).toBe(429)
    const asked = await askForCode(client, codeRequest(to, 'log_in'))
    expect((await client.post('/auth/otp/log-in', rightGuess(asked))).status).toBe(200)
    expect((await ask(stranger(), to)).status).toBe(429)
  })

  it('has limits of its own: one a minute, five an hour, for all known devices together', async () => {
    const { client } = await alice()
    const other = await logIn('alice')
    expect((await ask(client, to)).status).toBe(202)
    expect((await expectNoChanges(() => ask(other.client, to))).status).toBe(429)
    expect((await ask(stranger(), to)).status).toBe(202)
    for (const purpose of ['verify', 'reset_password'] as const)
      expect((await ask(client, to, purpose)).status).toBe(202)
    advanceClock(MINUTE)
    for (const purpose of ['log_in', 'verify'] as const) expect((await ask(client, to, purpose)).status).toBe(202)
    expect((await ask(client, to, 'reset_password')).status).toBe(429)
    expect((await ask(stranger(), to)).status).toBe(202)
  })

  it('takes five guesses, and strangers’ guesses at their own code do not count for it', async () => {
    const { client } = await alice()
    const asked = await askForCode(client, codeRequest(to, 'verify'))
    const wrong = { challengeId: asked.challengeId, code: wrongCode(asked.code) }
    const answers = await together(10, () => client.post<ProblemBody>('/auth/otp/verify', wrong))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 10 })
    expect(await rowsOf('otp_codes')).toMatchObject([{ attempts: 5, wrong: 5 }])
    expect((await client.post('/auth/otp/verify', rightGuess(asked))).status).toBe(401)
  })

  it('is sent on a device that five users know, from an IPv6 address', async () => {
    const { client } = await alice()
    for (const name of ['bobby', 'carol', 'david', 'ellen']) await signUpWithContacts(name, [], client)
    client.headers = { 'CF-Connecting-IP': '2001:db8:1:2::3' }
    expect((await ask(client, to)).status).toBe(202)
  })

  it('is not limited by the address that strangers share with it', async () => {
    const address = newIpAddress()
    const { client } = await alice()
    client.headers = { 'CF-Connecting-IP': address }
    await together(12, (n) =>
      ask(new Client({ 'CF-Connecting-IP': address }), n < 12 ? `user${n}@example.com` : to, 'verify'),
    )
    expect((await ask(new Client({ 'CF-Connecting-IP': address }), to)).status).toBe(429)
    expect((await ask(client, to)).status).toBe(202)
  })

  const setting = channel === 'sms' ? 'SMS_DAILY_BUDGET' : 'EMAIL_DAILY_BUDGET'
  const pools = async () => (await rowsOf('message_days')).map(({ pool, sends }) => `${pool} ${sends}`)

  it('has three tenths of the budget, exactly, and none of the strangers’', async () => {
    const budget = { [setting]: '10' }
    const { client } = await alice(budget)
    // Strangers have four of ten a day, which are three by now.
    const strangers = await together(6, (n) =>
      ask(stranger(budget), channel === 'sms' ? `+82108${n}004321` : `user${n}@example.com`),
    )
    expect(tally(strangers.map(({ status }) => status))).toEqual({ 202: 3, 503: 3 })
    for (const purpose of ['log_in', 'verify'] as const) expect((await ask(client, to, purpose)).status).toBe(202)
    const last = await together(10, () => ask(client, to, 'reset_password'))
    expect(tally(last.map(({ status }) => status))).toEqual({ 202: 1, 429: 9 })
    expect(await pools()).toEqual(['known_devices 3', 'strangers 3'])
    advanceClock(MINUTE)
    const refused = await expectNoChanges(() => ask(client, to))
    expect([refused.status, refused.body.code, refused.headers.get('Retry-After')]).toEqual([
      503,
      `${channel}_budget_spent`,
      String((12 * HOUR - MINUTE) / 1000),
    ])
  })

  it('leaves the strangers’ places to strangers: nobody sees there that the owner asked', async () => {
    const budget = { [setting]: '10' }
    const { client } = await alice(budget)
    for (const purpose of ['log_in', 'verify', 'reset_password'] as const) {
      expect((await ask(client, to, purpose)).status).toBe(202)
    }
    const [known, unknown] = [to, channel === 'sms' ? '+821099998888' : 'nobody@example.com']
    for (const recipient of [known, unknown]) {
      const answers: unknown[] = []
      for (const purpose of ['reset_password', 'reset_password', 'log_in', 'log_in'] as const) {
        const { status, body, headers } = await ask(stranger(budget), recipient, purpose)
        answers.push([status, body.code, headers.get('Retry-After')])
      }
      expect(answers).toEqual([
        [202, undefined, null],
        [429, 'too_many_codes', '60'],
        [202, undefined, null],
        [429, 'too_many_codes', '60'],
      ])
      await env.DB.prepare(`DELETE FROM message_days WHERE pool = 'strangers'`).run()
    }
  })

  it('is a stranger’s for any contact that is not its user’s', async () => {
    const { client } = await alice()
    await ask(client, channel === 'sms' ? '+821099998888' : 'other@example.com')
    expect(await pools()).toEqual(['strangers 1'])
  })
})
