import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, inject, it } from 'vitest'
import { Client } from '../../helpers/client'
import { advanceClock, setClock } from '../../helpers/clock'
import { signUpWithContacts } from '../../helpers/devices'
import { exchangeFor, giveIdentity, identityOf } from '../../helpers/identities'
import { PASSWORD, type Person } from '../../helpers/people'
import { type Asked, Authenticator, type SetUp } from '../../helpers/second-factor'
import { verificationTokenFor } from '../../helpers/tokens'

/*
 * Random runs of everything that has to do with a second factor, with simultaneous requests. The promises are few: while an account has a
 * second factor, no session of it begins without one, and no code is accepted twice.
 */

const RUNS = inject('isThorough') ? 40 : 12

const ACTIONS = [
  'log in by password',
  'log in by password',
  'log in by identity',
  'go on with the next code',
  'go on with the next code',
  'go on with the last code',
  'go on with a recovery code',
  'go on with a wrong code',
  'reset the password',
  'refresh',
  'turn on',
  'turn off',
] as const
type Act = (typeof ACTIONS)[number]

const isSwitch = (act: Act) => act === 'turn on' || act === 'turn off'

class World {
  private readonly tokens: string[] = []
  private app: Authenticator | null = null
  private lastCode = '000000'
  /** How often each code was accepted. */
  readonly accepted = new Map<string, number>()

  constructor(
    private readonly owner: Person,
    private readonly subject: string,
  ) {}

  async perform(act: Act): Promise<void> {
    switch (act) {
      case 'log in by password':
        return this.learn(new Client().post('/auth/log-in', { identifier: this.owner.username, password: PASSWORD }))
      case 'log in by identity':
        return this.learn(new Client().post('/auth/social/exchange', await exchangeFor(identityOf(this.subject))))
      case 'go on with the next code':
        this.lastCode = (await this.app?.code()) ?? '000000'
        return this.goOn(this.lastCode)
      case 'go on with the last code':
        return this.goOn(this.lastCode)
      case 'go on with a recovery code':
        return this.goOn(this.app?.recoveryCodes.at(-1) ?? '000000')
      case 'go on with a wrong code':
        return this.goOn('ZZZZ-ZZZZ-ZZZZ-ZZZZ')
      case 'reset the password':
        return this.reset()
      case 'refresh':
        return this.ignore(this.owner.client.post('/auth/refresh'))
      case 'turn on':
        return this.turnOn()
      case 'turn off':
        return this.ignore(this.owner.client.delete('/users/me/totp', this.proof()))
    }
  }

  private ignore = async (asking: Promise<unknown>): Promise<void> => {
    await asking
  }

  private proof = () => ({ currentPassword: PASSWORD, secondFactorCode: this.app?.recoveryCodes[0] })

  private async learn(asking: Promise<{ body: unknown }>): Promise<void> {
    const { secondFactorToken } = ((await asking).body ?? {}) as Partial<Asked>
    if (secondFactorToken !== undefined) this.tokens.push(secondFactorToken)
  }

  private async goOn(code: string): Promise<void> {
    const secondFactorToken = this.tokens.at(-1) ?? 'none'
    const { status } = await new Client().post('/auth/second-factor', { secondFactorToken, code })
    const key = `${this.app?.secret} ${code}`
    if (status === 200) this.accepted.set(key, (this.accepted.get(key) ?? 0) + 1)
  }

  private async reset(): Promise<void> {
    const to = `${this.owner.username}@example.com`
    const verificationToken = await verificationTokenFor({ channel: 'email', to }, 'reset_password')
    await new Client().put('/auth/password', { newPassword: PASSWORD, verificationToken })
  }

  private async turnOn(): Promise<void> {
    const begun = await this.owner.client.post<Partial<SetUp>>('/users/me/totp')
    if (begun.body?.secret === undefined) return
    const app = new Authenticator(begun.body.secret)
    const { status, body } = await this.owner.client.put<{ recoveryCodes: string[] }>('/users/me/totp', {
      code: await app.code(),
    })
    if (status !== 200) return
    app.recoveryCodes = body.recoveryCodes
    this.app = app
  }
}

interface State {
  isOn: boolean
  sessions: Map<string, boolean>
}

/** Whether the account has a second factor, and which sessions began with one. */
async function look({ user }: Person): Promise<State> {
  const [factors, sessions] = await env.DB.batch<Record<string, unknown>>([
    env.DB.prepare('SELECT 1 FROM second_factors WHERE user_id = ? AND confirmed_at IS NOT NULL').bind(user.id),
    env.DB.prepare('SELECT id, second_factor_since FROM sessions WHERE user_id = ?').bind(user.id),
  ])
  const rows = sessions?.results ?? []
  return {
    isOn: (factors?.results.length ?? 0) > 0,
    sessions: new Map(rows.map((row) => [String(row['id']), row['second_factor_since'] !== null])),
  }
}

let runs = 0

async function begin(): Promise<{ owner: Person; world: World }> {
  runs++
  const username = `alice-${runs}`
  const owner = await signUpWithContacts(username, [`${username}@example.com`])
  await giveIdentity(owner, identityOf(username))
  return { owner, world: new World(owner, username) }
}

/** The random steps look at new sessions. One that certainly begins, with the factor, shows that `look` finds them. */
async function showSessionsAreSeen(owner: Person, world: World): Promise<void> {
  const before = await look(owner)
  advanceClock(31_000)
  await world.perform('log in by password')
  await world.perform('go on with the next code')
  const after = await look(owner)
  const added = [...after.sessions].filter(([id]) => !before.sessions.has(id))
  expect(added.map(([, isIncluded]) => isIncluded)).toEqual([true])
  advanceClock(31_000)
}

const steps = fc.array(fc.array(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 4 }), {
  minLength: 4,
  maxLength: 10,
})

it('begins no session without the second factor of an account, in random orders of requests', {
  timeout: 300_000,
}, async () => {
  setClock(Date.now())
  let asked = 0
  const property = fc.asyncProperty(steps, async (all) => {
    const { owner, world } = await begin()
    await world.perform('turn on')
    await showSessionsAreSeen(owner, world)
    for (const acts of all) {
      const before = await look(owner)
      await Promise.all(acts.map((act) => world.perform(act)))
      const after = await look(owner)
      advanceClock(31_000)
      if (!before.isOn || acts.some(isSwitch)) continue
      const added = [...after.sessions].filter(([id]) => !before.sessions.has(id))
      expect(added.filter(([, isIncluded]) => !isIncluded)).toEqual([])
      asked++
    }
    expect([...world.accepted.values()].filter((times) => times > 1)).toEqual([])
  })
  await fc.assert(property, { numRuns: RUNS, seed: 20_261_126 })
  // Otherwise this would show nothing.
  expect(asked).toBeGreaterThan(1.5 * RUNS)
})
