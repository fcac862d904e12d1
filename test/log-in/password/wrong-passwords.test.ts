import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../../../src/limits'
import { clientOf, settleBackground } from '../../helpers/client'
import { HOUR, setClock } from '../../helpers/clock'
import { stranger } from '../../helpers/codes'
import { logLines } from '../../helpers/log-lines'
import { logIn, PASSWORD, type Person, signUp } from '../../helpers/people'
import { recordingBindings } from '../../helpers/recorder'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const WRONG = 'a wrong password'

const guess = (identifier: string) => stranger().post('/auth/log-in', { identifier, password: WRONG })
const prove = ({ client }: Person) => client.delete('/auth/sessions', { currentPassword: WRONG })

/** How many wrong passwords are counted in this hour. */
async function counted(): Promise<number> {
  await settleBackground()
  const row = env.DB.prepare(`SELECT count FROM hour_counts WHERE key = 'wrong_passwords' AND hour = ?`)
  return (await row.bind(Math.floor(Date.now() / HOUR)).first<number>('count')) ?? 0
}

describe('the ceiling of wrong passwords at all accounts', () => {
  const { quota: ceiling } = limits.all_password_guesses
  let alice: Person

  beforeEach(async () => {
    setClock(NOON)
    alice = await signUp('alice')
  })

  const countSoFar = (count: number) =>
    env.DB.prepare(`INSERT INTO hour_counts VALUES ('wrong_passwords', ?, ?)`)
      .bind(Math.floor(NOON / HOUR), count)
      .run()
  const alarms = async (act: () => Promise<unknown>) => {
    const { lines } = await logLines(async () => {
      await act()
      await settleBackground()
    })
    return lines.filter(({ event }) => event === 'guesses_ceiling')
  }

  it.each([
    ['a user', () => guess('alice')],
    ['an identifier that nobody has', () => guess('nobody')],
    ['a proof of the current password', () => prove(alice)],
  ])('makes a line in the log when it is passed, once: %s', async (_, miss) => {
    await countSoFar(ceiling - 1)
    expect(await alarms(miss)).toEqual([])
    expect(await alarms(miss)).toEqual([
      { level: 'error', event: 'guesses_ceiling', guessed: 'passwords', count: ceiling + 1, ceiling },
    ])
    expect(await alarms(miss)).toEqual([])
    // Nobody is refused.
    await logIn('alice')
  })

  it('begins again with the hour', async () => {
    await countSoFar(ceiling)
    setClock(NOON + HOUR)
    expect(await alarms(() => guess('alice'))).toEqual([])
    expect(await counted()).toBe(1)
  })

  it('counts no password that is right, and none that is not looked at', async () => {
    await logIn('alice')
    expect(await counted()).toBe(0)
    for (const _ of Array(5)) expect((await guess('alice')).status).toBe(401)
    expect((await guess('alice')).status).toBe(429)
    expect(await counted()).toBe(5)
    await alice.client.delete('/auth/sessions', { currentPassword: PASSWORD })
    expect(await counted()).toBe(5)
  })

  it('costs as many calls for an identifier that nobody has, and all of that after the answer', async () => {
    const callsFor = async (identifier: string) => {
      const { DB, KV, cost } = recordingBindings()
      const answer = await clientOf({ DB, KV }).post('/auth/log-in', { identifier, password: WRONG })
      expect(answer.status).toBe(401)
      await settleBackground()
      return cost()
    }
    expect(await callsFor('nobody')).toEqual(await callsFor('alice'))
    expect(await callsFor('nobody')).toEqual({ d1: 2, kv: 0, depth: 2 })
  })
})
