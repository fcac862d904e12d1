import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import { limits, MAX_GUESSES } from '../../../src/limits'
import { MAX_WRONG_A_DAY } from '../../../src/log-in/code/guess-limits'
import { advanceClock, DAY, HOUR, MINUTE, setClock } from '../../helpers/clock'
import { askForCode, codeRequest, rightGuess, type SentCode, stranger, wrongCode } from '../../helpers/codes'
import { logLines } from '../../helpers/log-lines'
import { expectNoChanges, rowsOf } from '../../helpers/storage'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const ALICE = 'alice@example.com'

beforeEach(() => {
  setClock(NOON)
})

describe('guesses at codes', () => {
  const guess = ({ challengeId }: SentCode, code: string) => stranger().post('/auth/otp/verify', { challengeId, code })
  const miss = (asked: SentCode) => guess(asked, wrongCode(asked.code))
  const ask = (to = ALICE) => askForCode(stranger(), codeRequest(to, 'verify'))
  const invalid = { status: 401, body: { code: 'invalid_code' } }
  const usedUp = { status: 401, body: { code: 'code_attempts_exceeded' } }
  /** The counts of the newest code. */
  const guard = async () => {
    const sql = 'SELECT attempts, wrong, wrong_since FROM otp_codes ORDER BY id DESC LIMIT 1'
    return (await env.DB.prepare(sql).all()).results
  }

  it(`are checked ${MAX_GUESSES} times for one code: the fifth can be right, the sixth is refused, whatever it is`, async () => {
    const [asked, other] = [await ask(), await ask('bob@example.com')]
    for (let n = 1; n < MAX_GUESSES; n++) {
      expect(await miss(asked)).toMatchObject(invalid)
      expect(await miss(other)).toMatchObject(invalid)
    }
    expect((await guess(asked, asked.code)).status).toBe(200)
    expect(await guess(asked, asked.code)).toMatchObject(invalid)
    // The fifth wrong guess says already that no other one counts.
    expect(await miss(other)).toMatchObject(usedUp)
    expect(await expectNoChanges(() => guess(other, other.code))).toMatchObject(usedUp)
    expect(await expectNoChanges(() => miss(other))).toMatchObject(usedUp)
    expect(await expectNoChanges(() => guess({ ...other, challengeId: uuidv7() }, other.code))).toMatchObject(invalid)
  })

  it('say that a code is used up until it expires, so that nobody sees a newer code of somebody else', async () => {
    const asked = await ask()
    for (let n = 0; n < MAX_GUESSES; n++) await miss(asked)
    advanceClock(MINUTE)
    const newer = await ask()
    expect(await expectNoChanges(() => guess(asked, asked.code))).toMatchObject(usedUp)
    expect((await guess(newer, newer.code)).status).toBe(200)
    expect(await expectNoChanges(() => guess(asked, asked.code))).toMatchObject(usedUp)
    advanceClock(4 * MINUTE)
    expect(await expectNoChanges(() => guess(asked, asked.code))).toMatchObject(invalid)
  })

  /** Makes 20 wrong guesses, at four codes a minute apart. Answers with the newest code. */
  async function useUpWrongGuesses(): Promise<SentCode> {
    let asked = await ask()
    for (let n = 0; n < MAX_WRONG_A_DAY; n++) {
      if (n > 0 && n % MAX_GUESSES === 0) {
        advanceClock(MINUTE)
        asked = await ask()
      }
      expect(await miss(asked)).toMatchObject((n + 1) % MAX_GUESSES === 0 ? usedUp : invalid)
    }
    return asked
  }

  it(`are refused for a day after ${MAX_WRONG_A_DAY} wrong ones, at any number of codes`, async () => {
    const last = await useUpWrongGuesses()
    expect(await guard()).toEqual([{ attempts: MAX_GUESSES, wrong: MAX_WRONG_A_DAY, wrong_since: NOON }])
    setClock(NOON + 4 * MINUTE + 1)
    for (const code of [last.code, wrongCode(last.code)]) {
      const { status, body, headers } = await expectNoChanges(() => guess(last, code))
      expect({ status, retryAfter: headers.get('Retry-After'), body }).toEqual({
        status: 429,
        retryAfter: String(24 * 3600 - 4 * 60),
        body: {
          type: '/problems/too_many_attempts',
          title: 'Too many wrong passwords or codes; wait a little',
          status: 429,
          code: 'too_many_attempts',
          requestId: headers.get('X-Request-Id'),
        },
      })
    }
    // Until the day is over there are no new codes for this purpose either.
    for (const at of [4 * MINUTE + 1, DAY - 1001, DAY - 1000, DAY - 1]) {
      setClock(NOON + at)
      const { status, headers } = await stranger().post('/auth/otp', codeRequest(ALICE, 'verify'))
      expect({ at, status, retryAfter: headers.get('Retry-After') }).toEqual({
        at,
        status: 429,
        retryAfter: String(60 * Math.ceil((DAY - at) / MINUTE)),
      })
    }
    expect((await stranger().post('/auth/otp', codeRequest(ALICE, 'log_in'))).status).toBe(202)
    setClock(NOON + DAY)
    const fresh = await ask()
    expect(await miss(fresh)).toMatchObject(invalid)
    expect(await guard()).toContainEqual({ attempts: 1, wrong: 1, wrong_since: NOON + DAY })
    expect((await guess(fresh, fresh.code)).status).toBe(200)
  })

  it('are counted from one again at a code that is still valid when the day is over', async () => {
    // The first of 20 wrong guesses was a day minus a minute ago.
    const asked = await ask()
    await env.DB.prepare(`UPDATE otp_codes SET wrong = ${MAX_WRONG_A_DAY}, wrong_since = ?`)
      .bind(NOON - DAY + MINUTE)
      .run()
    setClock(NOON + MINUTE - 1)
    const early = await guess(asked, asked.code)
    expect({ status: early.status, retryAfter: early.headers.get('Retry-After') }).toEqual({
      status: 429,
      retryAfter: '1',
    })
    setClock(NOON + MINUTE)
    expect(await miss(asked)).toMatchObject(invalid)
    expect(await guard()).toEqual([{ attempts: 1, wrong: 1, wrong_since: NOON + MINUTE }])
    expect((await guess(asked, asked.code)).status).toBe(200)
  })

  it('keep the count of the wrong ones when they are right, so that nobody can see the owner log in', async () => {
    const first = await ask()
    for (let n = 1; n < MAX_GUESSES; n++) await miss(first)
    expect((await guess(first, first.code)).status).toBe(200)
    expect(await guard()).toMatchObject([{ attempts: MAX_GUESSES, wrong: 4 }])
    advanceClock(MINUTE)
    const second = await ask()
    await miss(second)
    expect(await guard()).toEqual([{ attempts: 1, wrong: 5, wrong_since: NOON }])
  })
})

describe('the ceiling of wrong guesses at all codes', () => {
  const { quota: ceiling } = limits.all_code_guesses
  const countSoFar = (count: number) =>
    env.DB.prepare(`INSERT INTO hour_counts VALUES ('wrong_codes', ?, ?)`)
      .bind(Math.floor(NOON / HOUR), count)
      .run()
  const alarms = async (act: () => Promise<unknown>) =>
    (await logLines(act)).lines.filter(({ event }) => event === 'guesses_ceiling')

  it.each(['verify', 'log_in'] as const)('makes a line in the log when it is passed, once: %s', async (purpose) => {
    const path = purpose === 'verify' ? '/auth/otp/verify' : '/auth/otp/log-in'
    const { challengeId, code } = await askForCode(stranger(), codeRequest(ALICE, purpose))
    const miss = () => stranger().post(path, { challengeId, code: wrongCode(code) })
    await countSoFar(ceiling - 1)
    expect(await alarms(miss)).toEqual([])
    expect(await alarms(miss)).toEqual([
      { level: 'error', event: 'guesses_ceiling', guessed: 'codes', count: ceiling + 1, ceiling },
    ])
    expect(await alarms(miss)).toEqual([])
    setClock(NOON + MINUTE)
    const other = await askForCode(stranger(), codeRequest(ALICE, purpose))
    expect((await stranger().post(path, { challengeId: other.challengeId, code: other.code })).status).toBeLessThan(300)
  })

  it('counts no guess that is right, or at a code that there is not', async () => {
    const asked = await askForCode(stranger(), codeRequest(ALICE, 'verify'))
    await stranger().post('/auth/otp/verify', { challengeId: crypto.randomUUID(), code: '000000' })
    await stranger().post('/auth/otp/verify', rightGuess(asked))
    for (const _ of Array(3)) await stranger().post('/auth/otp/verify', { ...rightGuess(asked), code: '000000' })
    expect(await rowsOf('hour_counts')).toEqual([])
  })
})
