import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import worker from '../../../src/index'
import { DAY, MINUTE, setClock } from '../../helpers/clock'
import { askForCode, codeRequest, rightGuess, stranger, wrongCode } from '../../helpers/codes'
import { explainPlans } from '../../helpers/query-plans'
import { recordingBindings } from '../../helpers/recorder'
import { rowsOf } from '../../helpers/storage'

/* What cron removes of codes. It keeps everything that a limit still counts. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const TODAY = Math.floor(NOON / DAY)
const PHONE = '+821012345678'

const purgeAt = async (ms: number) => {
  setClock(ms)
  await worker.scheduled(createScheduledController(), env)
}

beforeEach(() => {
  setClock(NOON)
})

describe('the purge of codes', () => {
  it('removes a code a day after it expired, when neither it nor a wrong guess at it counts any more', async () => {
    const { challengeId, code } = await askForCode(stranger(), codeRequest(PHONE, 'verify'))
    setClock(NOON + 5 * MINUTE - 1)
    await stranger().post('/auth/otp/verify', { challengeId, code: wrongCode(code) })
    await purgeAt(NOON + DAY + 5 * MINUTE - 1)
    expect(await rowsOf('otp_codes')).toMatchObject([{ wrong: 1, wrong_since: NOON + 5 * MINUTE - 1 }])
    await purgeAt(NOON + DAY + 5 * MINUTE)
    expect(await rowsOf('otp_codes')).toEqual([])
  })

  it('keeps the counts of text messages of today and yesterday', async () => {
    await askForCode(stranger(), codeRequest(PHONE, 'verify'))
    await purgeAt((TODAY + 2) * DAY - 1)
    expect(await rowsOf('message_days')).toMatchObject([{ day: TODAY, sends: 1 }])
    await purgeAt((TODAY + 2) * DAY)
    expect(await rowsOf('message_days')).toEqual([])
  })

  it('removes spent tokens only when they have expired everywhere, so that none can be used again', async () => {
    const asked = await askForCode(stranger(), codeRequest(PHONE, 'verify'))
    const { body } = await stranger().post<{ verificationToken: string }>('/auth/otp/verify', rightGuess(asked))
    const signUp = () => stranger().post('/auth/sign-up', { verificationTokens: [body.verificationToken] })
    expect((await signUp()).status).toBe(201)
    await env.DB.prepare('DELETE FROM users').run()

    await purgeAt(NOON + 10 * MINUTE + 4999)
    expect(await rowsOf('spent_tokens')).toHaveLength(1)
    // A machine whose clock is 5 s behind that of the purge.
    setClock(NOON + 10 * MINUTE - 1)
    expect((await signUp()).status).toBe(403)
    await purgeAt(NOON + 10 * MINUTE + 5000)
    expect(await rowsOf('spent_tokens')).toEqual([])
    setClock(NOON + 10 * MINUTE)
    expect((await signUp()).status).toBe(403)
    expect(await rowsOf('users')).toEqual([])
  })

  it('uses an index of every table', async () => {
    const { DB, statements } = recordingBindings()
    await worker.scheduled(createScheduledController(), { ...env, DB })
    expect(statements.size).toBe(14)
    const plans = await explainPlans(statements)
    // These subqueries have at most as many rows as a statement removes.
    expect(plans.filter(({ detail }) => /^SCAN (?!purged|lost|oldest|\(subquery-1\))/.test(detail))).toEqual([])
  })
})
