import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import worker from '../../../src/index'
import { DAY, MINUTE, setClock } from '../../helpers/clock'
import { askForCode, codeRequest, rightGuess, rows, stranger, wrongCode } from '../../helpers/codes'
import { recordingBindings } from '../../helpers/recorder'

/* What cron removes of codes, and when: not while a limit still counts it. */

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

describe('the purge', () => {
  it('removes sends a day after they were let through', async () => {
    await askForCode(stranger(), codeRequest(PHONE, 'verify'))
    await purgeAt(NOON + DAY - 1)
    expect(await rows('otp_sends')).toHaveLength(1)
    await purgeAt(NOON + DAY)
    expect(await rows('otp_sends')).toEqual([])
  })

  it('removes guards once no wrong guess counts any more, a day after their code', async () => {
    const { challengeId, code } = await askForCode(stranger(), codeRequest(PHONE, 'verify'))
    setClock(NOON + 5 * MINUTE - 1)
    await stranger().post('/auth/otp/verify', { challengeId, code: wrongCode(code) })
    await purgeAt(NOON + DAY + 5 * MINUTE - 1)
    expect(await rows('otp_guards')).toMatchObject([{ wrong: 1, wrong_since: NOON + 5 * MINUTE - 1 }])
    await purgeAt(NOON + DAY + 5 * MINUTE)
    expect(await rows('otp_guards')).toEqual([])
  })

  it('keeps the count of text messages for today and yesterday', async () => {
    await askForCode(stranger(), codeRequest(PHONE, 'verify'))
    await purgeAt((TODAY + 2) * DAY - 1)
    expect(await rows('sms_days')).toEqual([{ day: TODAY, sends: 1 }])
    await purgeAt((TODAY + 2) * DAY)
    expect(await rows('sms_days')).toEqual([])
  })

  it('removes spent tokens when they would have expired, so that none can be used again', async () => {
    const asked = await askForCode(stranger(), codeRequest(PHONE, 'verify'))
    const { body } = await stranger().post<{ verificationToken: string }>('/auth/otp/verify', rightGuess(asked))
    const signUp = () => stranger().post('/auth/sign-up', { verificationTokens: [body.verificationToken] })
    expect((await signUp()).status).toBe(201)
    await env.DB.prepare('DELETE FROM users').run()

    await purgeAt(NOON + 10 * MINUTE - 1)
    expect(await rows('spent_tokens')).toHaveLength(1)
    expect((await signUp()).status).toBe(403)
    await purgeAt(NOON + 10 * MINUTE)
    expect(await rows('spent_tokens')).toEqual([])
    expect((await signUp()).status).toBe(403)
    expect(await rows('users')).toEqual([])
  })

  it('walks an index of every table', async () => {
    const { DB, statements } = recordingBindings()
    await worker.scheduled(createScheduledController(), { ...env, DB })
    expect(statements.size).toBe(10)
    const plans: string[] = []
    for (const [sql, parameters] of statements) {
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...parameters)
        .all<{ detail: string }>()
      plans.push(...results.map(({ detail }) => detail))
    }
    expect(plans.filter((plan) => plan.startsWith('SCAN'))).toEqual([])
  })
})
