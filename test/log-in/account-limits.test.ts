import { beforeEach, describe, expect, it } from 'vitest'
import { type Answer, clientOf, newIpAddress, type ProblemBody } from '../helpers/client'
import { HOUR, MINUTE, setClock } from '../helpers/clock'
import { askForCode, codeRequest, rightGuess, type SentCode, stranger, wrongCode } from '../helpers/codes'
import { PASSWORD, tally, together } from '../helpers/people'
import { expectNoChanges, rowsOf } from '../helpers/storage'
import { verificationTokenFor } from '../helpers/tokens'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'carol@example.com'

let names = 0

/** Signs up somebody new. A user name without a password is no way to log in, so this takes a proven contact: it is fast. */
async function signUpFrom(address: string, bindings = {}): Promise<Answer<ProblemBody>> {
  names++
  const proof = await verificationTokenFor({ channel: 'email', to: `user${names}@example.com` })
  const client = clientOf(bindings, { 'CF-Connecting-IP': address })
  return client.post('/auth/sign-up', { verificationTokens: [proof] })
}

const statuses = (answers: { status: number; body: ProblemBody }[]) =>
  tally(answers.map(({ status, body }) => (status === 201 ? 'made' : `${status} ${body.code}`)))

const tooMany = '429 rate_limited'

beforeEach(() => {
  setClock(NOON + MINUTE)
})

describe('new accounts', () => {
  it.each([
    ['an IPv4 address', 20, () => '203.0.113.7', '203.0.113.8'],
    ['an IPv6 /64', 20, (n: number) => `2001:db8:1:2:${n}::${n}`, '2001:db8:1:3::'],
    ['an IPv6 /48', 200, (n: number) => `2001:db8:1:${n}::1`, '2001:db8:2::'],
  ])('of %s are at most %i in an hour of the clock, however many race', async (_, quota, addressOf, other) => {
    expect(statuses(await together(quota - 1, (n) => signUpFrom(addressOf(n))))).toEqual({ made: quota - 1 })
    const last = await together(5, (n) => signUpFrom(addressOf(quota + n)))
    expect(statuses(last)).toEqual({ made: 1, [tooMany]: 4 })
    expect((await signUpFrom(other)).status).toBe(201)
    setClock(NOON + HOUR - 1)
    expect((await signUpFrom(addressOf(0))).status).toBe(429)
    setClock(NOON + HOUR)
    expect((await signUpFrom(addressOf(0))).status).toBe(201)
  })

  it('of all together are at most SIGN_UPS_PER_HOUR, from loopback too', async () => {
    const few = { SIGN_UPS_PER_HOUR: '3' }
    const addresses = [newIpAddress(), '127.0.0.1', '::1', newIpAddress(), newIpAddress(), newIpAddress()]
    const answers = await Promise.all(addresses.map((address) => signUpFrom(address, few)))
    expect(statuses(answers)).toEqual({ made: 3, [tooMany]: 3 })
    setClock(NOON + HOUR)
    expect((await signUpFrom(newIpAddress(), few)).status).toBe(201)
    expect((await signUpFrom(newIpAddress(), { SIGN_UPS_PER_HOUR: '0' })).status).toBe(429)
  })

  it('are not counted by address on loopback', async () => {
    expect(statuses(await together(25, () => signUpFrom('127.0.0.1')))).toEqual({ made: 25 })
  })

  it('that are refused write nothing, and the answer does not say which limit it was', async () => {
    const none = { SIGN_UPS_PER_HOUR: '0' }
    const byPassword = { username: 'carol', password: PASSWORD }
    const refused = await expectNoChanges(() => stranger(none).post<ProblemBody>('/auth/sign-up', byPassword))
    const headers = ['Retry-After', 'RateLimit', 'RateLimit-Policy'].map((name) => refused.headers.get(name))
    expect([refused.body.code, ...headers]).toEqual([
      'rate_limited',
      '3540',
      '"new_accounts";r=0;t=3540',
      '"new_accounts";q=20;w=3600',
    ])
    expect((await stranger().post('/auth/sign-up', byPassword)).status).toBe(201)
  })

  it('that cannot be made spend no verification token, and a name that is taken is still told', async () => {
    const verificationTokens = [await verificationTokenFor({ channel: 'email', to: EMAIL })]
    const sign = (bindings = {}) => stranger(bindings).post<ProblemBody>('/auth/sign-up', { verificationTokens })
    expect((await expectNoChanges(() => sign({ SIGN_UPS_PER_HOUR: '0' }))).status).toBe(429)
    expect((await sign()).status).toBe(201)
    const again = [await verificationTokenFor({ channel: 'email', to: EMAIL })]
    const taken = await stranger({ SIGN_UPS_PER_HOUR: '0' }).post('/auth/sign-up', { verificationTokens: again })
    expect([taken.status, taken.body.code]).toEqual([409, 'email_taken'])
    expect((await sign({ SIGN_UPS_PER_HOUR: '0' })).body.code).toBe('invalid_verification_token')
  })

  it('are counted only when one is made', async () => {
    const verificationTokens = [await verificationTokenFor({ channel: 'email', to: EMAIL })]
    await together(10, () => stranger().post('/auth/sign-up', { verificationTokens }))
    expect(await rowsOf('users')).toHaveLength(1)
    expect((await rowsOf('hour_counts')).find(({ key }) => key === 'new_accounts')).toMatchObject({ count: 1 })
  })
})

describe('a first log-in by code', () => {
  const none = { SIGN_UPS_PER_HOUR: '0' }
  const guess = (asked: SentCode, bindings = {}) =>
    stranger(bindings).post<ProblemBody>('/auth/otp/log-in', rightGuess(asked))

  it('is counted as a new account, and a later one is not', async () => {
    const asked = await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    expect((await guess(asked)).status).toBe(201)
    setClock(NOON + 3 * MINUTE)
    const later = await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    expect((await guess(later, none)).status).toBe(200)
    expect((await rowsOf('hour_counts')).find(({ key }) => key === 'new_accounts')).toMatchObject({ count: 1 })
  })

  it('leaves its code good when no account can be made, however often it is tried', async () => {
    const asked = await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    for (const _ of Array(7)) {
      const refused = await expectNoChanges(() => guess(asked, none))
      expect([refused.status, refused.body.code, refused.headers.get('Retry-After')]).toEqual([
        429,
        'rate_limited',
        '3540',
      ])
    }
    expect((await guess(asked)).status).toBe(201)
    expect((await guess(asked, none)).body.code).toBe('invalid_code')
  })

  it('with a wrong code is told nothing of that limit, with an account or without', async () => {
    const known = await askForCode(stranger(), codeRequest('bob@example.com', 'log_in'))
    expect((await guess(known)).status).toBe(201)
    setClock(NOON + 3 * MINUTE)
    for (const to of ['bob@example.com', EMAIL]) {
      const asked = await askForCode(stranger(), codeRequest(to, 'log_in'))
      const answer = await guess({ ...asked, code: wrongCode(asked.code) }, none)
      expect([answer.status, answer.body.code]).toEqual([401, 'invalid_code'])
    }
  })
})
