import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import type { DoctorReport } from '../../src/operator/doctor-schemas'
import { clientOf } from '../helpers/client'
import { PASSWORD, type Person, signUp } from '../helpers/people'
import { type Asked, type Authenticator, askedBy, turnOn } from '../helpers/second-factor'
import { rowsOf } from '../helpers/storage'

/* Secrets of authenticator apps while AUTH_SECRET is turned over. */

const OPERATOR_TOKEN = 'a-token-of-an-operator-of-32-bytes-and-more'
const NEW = 'another secret for the tests, of 32 bytes and more'
const ROTATED = { AUTH_SECRET: NEW, AUTH_SECRET_PREVIOUS: env.AUTH_SECRET, OPERATOR_TOKEN }
const FINISHED = { AUTH_SECRET: NEW, OPERATOR_TOKEN }

type Settings = Record<string, string>

const ask = async (settings: Settings, username: string): Promise<Asked> =>
  askedBy(await clientOf(settings).post('/auth/log-in', { identifier: username, password: PASSWORD }))
const goOn = async (settings: Settings, { secondFactorToken }: Asked, code: string) =>
  (await clientOf(settings).post('/auth/second-factor', { secondFactorToken, code })).status
const logIn = async (settings: Settings, { username }: Person, authenticator: Authenticator) =>
  goOn(settings, await ask(settings, username), await authenticator.code())
const kids = async () => (await rowsOf('second_factors')).map(({ kid }) => kid)
const count = async (settings: Settings) => {
  const headers = { Authorization: `Bearer ${OPERATOR_TOKEN}` }
  return (await clientOf(settings, headers).get<DoctorReport>('/operator/doctor')).body.secondFactors
}

async function twoPeople() {
  const people = [await signUp('alice'), await signUp('bob')] as const
  return { people, apps: [await turnOn(people[0]), await turnOn(people[1])] as const }
}

describe('a rotation of AUTH_SECRET', () => {
  it('seals a secret anew at the next log-in, and doctor counts the rest', async () => {
    const { people, apps } = await twoPeople()
    const [before] = await kids()
    const asked = await ask({}, 'alice')
    expect(await count(ROTATED)).toEqual({ secrets: 2, previousSecrets: 2, unknownSecrets: 0 })
    expect(await goOn(ROTATED, asked, await apps[0].code())).toBe(200)
    expect((await kids()).filter((kid) => kid === before)).toHaveLength(1)
    expect(await count(ROTATED)).toEqual({ secrets: 2, previousSecrets: 1, unknownSecrets: 0 })
    expect(await count(FINISHED)).toEqual({ secrets: 2, previousSecrets: 0, unknownSecrets: 1 })
    expect(await logIn(FINISHED, people[0], apps[0])).toBe(200)
    expect(await logIn(FINISHED, people[1], apps[1])).toBe(401)
    const recovery = apps[1].recoveryCodes[0] ?? ''
    expect(await goOn(FINISHED, await ask(FINISHED, 'bob'), recovery)).toBe(200)
  })

  it('ends by itself: cron seals the rest', async () => {
    const { people, apps } = await twoPeople()
    const old = await rowsOf('second_factors')
    await worker.scheduled(createScheduledController(), env)
    expect(await rowsOf('second_factors')).toEqual(old)
    await worker.scheduled(createScheduledController(), { ...env, ...ROTATED })
    expect(await count(FINISHED)).toEqual({ secrets: 2, previousSecrets: 0, unknownSecrets: 0 })
    for (const n of [0, 1] as const) expect(await logIn(FINISHED, people[n], apps[n])).toBe(200)
  })

  it('leaves a secret alone whose key is gone', async () => {
    await twoPeople()
    const old = await rowsOf('second_factors')
    const settings = { AUTH_SECRET: NEW, AUTH_SECRET_PREVIOUS: 'a third secret for the tests, of 32 bytes and more' }
    await worker.scheduled(createScheduledController(), { ...env, ...settings })
    expect(await rowsOf('second_factors')).toEqual(old)
  })

  it('leaves a secret alone that it cannot open, and seals the others', async () => {
    const { people, apps } = await twoPeople()
    const damage = env.DB.prepare("UPDATE second_factors SET secret = 'damaged' WHERE user_id = ?")
    await damage.bind(people[0].user.id).run()
    await worker.scheduled(createScheduledController(), { ...env, ...ROTATED })
    expect(await count(FINISHED)).toEqual({ secrets: 2, previousSecrets: 0, unknownSecrets: 1 })
    expect(await logIn(FINISHED, people[1], apps[1])).toBe(200)
  })

  it('binds each secret to its account', async () => {
    const { people, apps } = await twoPeople()
    await env.DB.prepare(
      `UPDATE second_factors SET secret = (SELECT secret FROM second_factors WHERE user_id = ?1), last_step = 0`,
    )
      .bind(people[0].user.id)
      .run()
    expect(await logIn({}, people[1], apps[0])).toBe(401)
    expect(await logIn({}, people[0], apps[0])).toBe(200)
  })
})
