import { env } from 'cloudflare:workers'
import { base64url } from 'jose'
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CodePurpose } from '../../../src/delivery/message'
import { MAX_GUESSES } from '../../../src/limits'
import { drawCode } from '../../../src/log-in/code/issue-code'
import type { Answer, ProblemBody } from '../../helpers/client'
import { advanceClock, MINUTE, setClock } from '../../helpers/clock'
import {
  allMessagesTo,
  askForCode,
  type Challenge,
  codeFor,
  codeRequest,
  logInByCode,
  messagesTo,
  outbox,
  rightGuess,
  type SentCode,
  stranger,
  wrongCode,
} from '../../helpers/codes'
import { tally } from '../../helpers/people'
import { measuredClient } from '../../helpers/recorder'
import { someOf } from '../../helpers/some-of'
import { dump, rowsOf } from '../../helpers/storage'

/* All wrong guesses get the same answer, so that nobody learns more from it than that the guess was wrong. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const ALICE = 'alice@example.com'
const MALLORY = 'mallory@example.com'

/** All of an answer, except for the request id and the text of the bookmark. */
const comparable = ({ status, headers, body }: Answer<ProblemBody>) => ({
  status,
  body: { ...body, requestId: '' },
  headers: Object.fromEntries(
    [...headers].map(([name, value]) => [name, ['x-request-id', 'x-d1-bookmark'].includes(name) ? '' : value]),
  ),
})

type Purpose = 'verify' | 'log_in'

const routes = [
  ['/auth/otp/verify', 'verify', 'log_in'],
  ['/auth/otp/log-in', 'log_in', 'verify'],
] as const

/** A code in the digits of another script, whose zero is given. */
const inDigitsFrom = (zero: number, code: string) =>
  code.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)))
const inFullWidth = (code: string) => inDigitsFrom(0xff10, code)

/** Malformed codes, made from the right one. */
const malformedCodes: Record<string, (code: string) => unknown> = {
  'a number': Number,
  null: () => null,
  'an object': (code) => ({ code }),
  'a list': (code) => [code],
  true: () => true,
  nothing: () => '',
  'digits of a script that nobody types codes in': (code) => inDigitsFrom(0x1d7ce, code),
  'five digits': (code) => code.slice(1),
  'seven digits': (code) => `0${code}`,
  'a dot in between': (code) => `${code.slice(0, 3)}.${code.slice(3)}`,
  'a hyphen before': (code) => `-${code}`,
  'a word before': (code) => `code ${code}`,
  'more than it may be long': (code) => `${code}${' '.repeat(123)}`,
  'NUL behind': (code) => `${code}\0`,
  'a sign': (code) => `+${code}`,
}

/** The right code, as people type and paste it. */
const typedCodes: Record<string, (code: string) => string> = {
  'in full width': inFullWidth,
  'in Arabic digits': (code) => inDigitsFrom(0x660, code),
  'in Persian digits': (code) => inDigitsFrom(0x6f0, code),
  'with thin spaces in between': (code) => `${code.slice(0, 3)}\u2009${code.slice(3)}`,
  'with dashes in between': (code) => `${code.slice(0, 2)}\u2013${code.slice(2, 4)}\u2011${code.slice(4)}`,
  'with space around it': (code) => ` ${code}\r\n`,
  'with a space in between': (code) => `${code.slice(0, 3)} ${code.slice(3)}`,
  'with a no-break space in between': (code) => `${code.slice(0, 3)}\u00a0${code.slice(3)}`,
  'with hyphens in between': (code) => [...code].join('-'),
  'with a full-width hyphen': (code) => `${inFullWidth(code).slice(0, 3)}－${code.slice(3)}`,
  'with invisible characters': (code) => `\u202a${code.slice(0, 3)}\u200b${code.slice(3)}\u202c`,
  'at its longest': (code) => `${code}${' '.repeat(122)}`,
}

const malformedChallenges: Record<string, (asked: SentCode) => unknown> = {
  unknown: () => uuidv7(),
  'of another kind': () => uuidv4(),
  'in capitals': ({ challengeId }) => challengeId.toUpperCase(),
  'cut off': ({ challengeId }) => challengeId.slice(1),
  'a path': () => '../../session/x',
  'longer than a key of KV': () => 'a'.repeat(2000),
  empty: () => '',
  'a number': () => 1,
  null: () => null,
  'a list': ({ challengeId }) => [challengeId],
}

beforeEach(() => {
  setClock(NOON)
})

describe.each(someOf(routes, 2))('a guess sent to %s', (path, purpose, otherPurpose) => {
  const guess = (body: { challengeId: unknown; code: unknown }) => stranger().post(path, body)
  const ask = (to = ALICE, asked: Purpose = purpose) => askForCode(stranger(), codeRequest(to, asked))

  /** A wrong code of six digits. */
  const wrong = async ({ challengeId, code }: SentCode) =>
    comparable(await guess({ challengeId, code: wrongCode(code) }))

  it('gets a 401 when it is wrong', async () => {
    const { status, body } = await wrong(await ask())
    expect({ status, body }).toEqual({
      status: 401,
      body: {
        type: '/problems/invalid_code',
        title: 'The code is wrong, or it has expired or been used',
        status: 401,
        code: 'invalid_code',
        requestId: '',
      },
    })
  })

  it('gets the same answer when it is no code at all, and counts', async () => {
    const expected = await wrong(await ask())
    for (const [name, form] of Object.entries(malformedCodes)) {
      const { challengeId, code } = await ask(`${name.replaceAll(' ', '-')}@example.com`)
      expect({ name, ...comparable(await guess({ challengeId, code: form(code) })) }).toEqual({ name, ...expected })
      const guard = (await rowsOf('otp_codes')).find((row) => row['challenge_id'] === challengeId)
      expect({ name, guard }).toMatchObject({ name, guard: { attempts: 1, wrong: 1, spent_by: null } })
    }
  })

  it('may be typed in other ways', async () => {
    for (const [name, form] of Object.entries(typedCodes)) {
      const { challengeId, code } = await ask(`${name.replaceAll(' ', '-')}@example.com`)
      const { status } = await guess({ challengeId, code: form(code) })
      expect({ name, isRight: status < 300 }).toEqual({ name, isRight: true })
    }
  })

  it('gets the same answer for an unknown or malformed challenge, and does not count', async () => {
    const [asked, expected] = [await ask(), await wrong(await ask(MALLORY))]
    const before = await rowsOf('otp_codes')
    for (const [name, form] of Object.entries(malformedChallenges)) {
      const answer = await guess({ challengeId: form(asked), code: asked.code })
      expect({ name, ...comparable(answer) }).toEqual({ name, ...expected })
    }
    expect(await rowsOf('otp_codes')).toEqual(before)
    expect((await guess(rightGuess(asked))).status).toBeLessThan(300)
  })

  it("gets the same answer for the code of somebody else's challenge", async () => {
    const [asked, other] = [await ask(), await ask(MALLORY)]
    const answer = await guess({ challengeId: asked.challengeId, code: other.code })
    expect(comparable(answer)).toEqual(await wrong(asked))
    expect((await guess(rightGuess(asked))).status).toBeLessThan(300)
  })

  it('gets the same answer for a code that the same contact got for another purpose', async () => {
    const [asked, other] = [await ask(ALICE), await ask(ALICE, otherPurpose)]
    const answer = await guess({ challengeId: asked.challengeId, code: other.code })
    expect(comparable(answer)).toEqual(await wrong(asked))
  })

  it('gets the same answer for a challenge of another purpose, and counts there', async () => {
    const other = await ask(ALICE, otherPurpose)
    const answer = comparable(await guess(rightGuess(other)))
    expect(answer).toEqual(await wrong(await ask(MALLORY)))
    expect((await rowsOf('otp_codes')).filter(({ challenge_id: id }) => id === other.challengeId)).toMatchObject([
      { attempts: 1, wrong: 1, spent_by: null },
    ])
    expect(await rowsOf('users')).toEqual([])
  })

  it('is accepted for five minutes, and then gets the same answer as a wrong one', async () => {
    const [asked, late, other] = [await ask(), await ask(MALLORY), await ask('bob@example.com')]
    setClock(NOON + 5 * MINUTE - 1)
    expect(await wrong(other)).toMatchObject({ status: 401 })
    expect((await guess(rightGuess(asked))).status).toBeLessThan(300)
    setClock(NOON + 5 * MINUTE)
    const expired = comparable(await guess(rightGuess(late)))
    setClock(NOON)
    expect(expired).toEqual(await wrong(other))
  })

  it('is accepted once, and then gets the same answer as a wrong one', async () => {
    const [asked, other] = [await ask(), await ask(MALLORY)]
    expect((await guess(rightGuess(asked))).status).toBeLessThan(300)
    expect(comparable(await guess(rightGuess(asked)))).toEqual(await wrong(other))
  })

  it('gets the same answer for a code that a newer one has replaced, and does not count', async () => {
    const first = await ask()
    advanceClock(MINUTE)
    const second = await ask()
    const replaced = comparable(await guess(rightGuess(first)))
    expect(await rowsOf('otp_codes')).toMatchObject(
      [first, second].map(({ challengeId }) => ({ challenge_id: challengeId, attempts: 0, wrong: 0 })),
    )
    expect(replaced).toEqual(await wrong(second))
    expect((await guess(rightGuess(second))).status).toBeLessThan(300)
  })

  it('needs both fields', async () => {
    const { challengeId, code } = await ask()
    expect((await stranger().post(path, { challengeId })).body.errors).toMatchObject([{ path: '/code' }])
    expect((await stranger().post(path, { code })).body.errors).toMatchObject([{ path: '/challengeId' }])
  })
})

describe.each([
  ['phone', '+821012345678', '+821087654321'],
  ['e-mail', ALICE, MALLORY],
])('whether an account has the %s', (_, to, unknown) => {
  it('does not show when a code is asked for, for any purpose', async () => {
    await logInByCode(to)
    const { client, cost } = measuredClient()
    for (const purpose of ['log_in', 'verify', 'reset_password'] as const) {
      advanceClock(MINUTE)
      const known = await askMeasured(to, purpose)
      expect({ purpose, ...known }).toMatchObject({ purpose, status: 202, paid: { d1: 1, kv: 1, depth: 2 } })
      expect(await askMeasured(unknown, purpose)).toEqual(known)
    }
    expect((await messagesTo(to, 4)).map((message) => message.purpose)).toEqual([
      'reset_password',
      'verify',
      'log_in',
      'log_in',
    ])
    expect((await messagesTo(unknown, 2)).map((message) => message.purpose)).toEqual(['verify', 'log_in'])

    async function askMeasured(recipient: string, purpose: CodePurpose) {
      const answers: Answer<ProblemBody & Challenge>[] = []
      const { status, ...paid } = await cost(async () => {
        const answer = await client.post<ProblemBody & Challenge>('/auth/otp', codeRequest(recipient, purpose))
        answers.push(answer)
        return answer
      })
      const shown = answers.map((answer) => ({ ...answer, body: { ...answer.body, challengeId: '' } })).map(comparable)
      return { status, paid, shown, sizes: answers.map(({ body }) => body.challengeId.length) }
    }
  })

  it('decides whether a message with a reset code is sent, but not what is answered', async () => {
    await logInByCode(to)
    const { body } = await stranger().post<Challenge>('/auth/otp', codeRequest(unknown, 'reset_password'))
    await askForCode(stranger(), codeRequest(to, 'reset_password'))
    expect(await allMessagesTo(unknown)).toEqual([])
    expect((await outbox()).map(({ purpose }) => purpose)).toEqual(['reset_password', 'log_in'])
    // The challenge without a code answers guesses like any other.
    const answers = await Promise.all(
      Array.from({ length: 6 }, (__, n) =>
        stranger().post('/auth/otp/verify', { challengeId: body.challengeId, code: `00000${n}` }),
      ),
    )
    expect(tally(answers.map((answer) => `${answer.status} ${answer.body.code}`))).toEqual({
      '401 invalid_code': MAX_GUESSES - 1,
      '401 code_attempts_exceeded': 2,
    })
  })
})

describe('what is stored of a code', () => {
  it('contains no contact and no IP address in clear', async () => {
    const client = stranger()
    for (const to of ['+821012345678', ALICE]) await askForCode(client, codeRequest(to, 'verify'))
    const { otp_codes, message_days, hour_counts } = await dump()
    const kept = JSON.stringify({ otp_codes, message_days, hour_counts })
    expect(otp_codes).toHaveLength(2)
    for (const clear of ['1012345678', '82101234', 'alice', 'example.com', client.headers['CF-Connecting-IP'] ?? 'x']) {
      expect(kept).not.toContain(clear)
    }
  })

  it('is a MAC that is bound to the challenge', async () => {
    const [one, other] = [await askForCode(stranger(), codeRequest(ALICE, 'verify')), uuidv7()]
    const { keys } = await env.KV.list({ prefix: 'otp:' })
    expect(keys.map(({ name }) => name)).toEqual([`otp:${one.challengeId}`])
    const kept = (await env.KV.get(`otp:${one.challengeId}`)) ?? ''
    expect(kept).not.toContain(one.code)
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(one.code)))
    expect(kept).not.toContain(base64url.encode(digest))
    // The same entry under the id of another challenge does not accept the code.
    await env.KV.put(`otp:${other}`, kept, { expirationTtl: 300 })
    await env.DB.prepare('UPDATE otp_codes SET challenge_id = ?').bind(other).run()
    expect((await stranger().post('/auth/otp/verify', { challengeId: other, code: one.code })).status).toBe(401)
  })

  it('stays in KV for five minutes', async () => {
    vi.useRealTimers()
    await askForCode(stranger(), codeRequest(ALICE, 'verify'))
    const [entry] = (await env.KV.list({ prefix: 'otp:' })).keys
    const left = (entry?.expiration ?? 0) - Date.now() / 1000
    expect(left).toBeGreaterThan(295)
    expect(left).toBeLessThanOrEqual(301)
  })
})

describe('a code', () => {
  it('has six digits, all equally likely, with leading zeros', () => {
    const codes = Array.from({ length: 20_000 }, drawCode)
    expect(codes.filter((code) => !/^\d{6}$/.test(code))).toEqual([])
    expect(new Set(codes).size).toBeGreaterThan(19_500)
    for (let place = 0; place < 6; place++) {
      const counts = Array<number>(10).fill(0)
      for (const code of codes) counts[Number(code[place])] = (counts[Number(code[place])] ?? 0) + 1
      // 2,000 of each are expected, with a standard deviation of 42. A difference of 300 is no accident.
      for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(300)
    }
  })

  it('is drawn again from numbers that would make low codes more likely', () => {
    const drawn = (...numbers: number[]) => {
      const source = vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
        if (array instanceof Uint32Array) array[0] = numbers.shift() ?? 0
        return array
      })
      const code = drawCode()
      source.mockRestore()
      return { code, left: numbers }
    }
    expect(drawn(7, 1)).toEqual({ code: '000007', left: [1] })
    expect(drawn(4_294_000_000 - 1, 1)).toEqual({ code: '999999', left: [1] })
    expect(drawn(4_294_000_000, 1_000_042)).toEqual({ code: '000042', left: [] })
    expect(drawn(2 ** 32 - 1, 4_294_000_000, 123)).toEqual({ code: '000123', left: [] })
  })

  it('is a new one each time', async () => {
    await askForCode(stranger(), codeRequest(ALICE, 'verify'))
    const before = await codeFor(ALICE)
    advanceClock(MINUTE)
    const { code } = await askForCode(stranger(), codeRequest(ALICE, 'verify'))
    expect([code, before]).toEqual([expect.stringMatching(/^\d{6}$/), expect.stringMatching(/^\d{6}$/)])
  })
})
