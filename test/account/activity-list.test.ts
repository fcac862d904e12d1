import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import { ACTIVITY_LIFE_MS } from '../../src/activity/activity'
import worker from '../../src/index'
import { type ActivityPage, eventsOf, expectNoNewActivity } from '../activity/read-activity'
import { failingD1, interruptedD1 } from '../helpers/bindings'
import { settleBackground } from '../helpers/client'
import { advanceClock, DAY, setClock } from '../helpers/clock'
import { askForCode, codeRequest, proveContact, rightGuess, stranger, wrongCode } from '../helpers/codes'
import { CHROME, CURL, device, signUpWithContacts } from '../helpers/devices'
import { PASSWORD, type Person, signUp } from '../helpers/people'
import { dump } from '../helpers/storage'
import { verificationTokenFor } from '../helpers/tokens'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const WRONG = 'a wrong password'
const NEW_PASSWORD = 'a better horse and another staple'

const alice = () => signUpWithContacts('alice', [EMAIL, PHONE], device({ userAgent: CHROME, country: 'KR' }))
const byScript = () => device({ userAgent: CURL })
const tryPassword = (identifier: string, client = byScript(), password = WRONG) =>
  client.post('/auth/log-in', { identifier, password })

beforeEach(() => {
  setClock(NOON)
})

describe('the activity list', () => {
  const page = async ({ client }: Pick<Person, 'client'>, query = '') => {
    const { status, body } = await client.get<ActivityPage>(`/users/me/activity${query}`)
    expect(status).toBe(200)
    return { ids: body.activity.map(({ id }) => id), nextCursor: body.nextCursor }
  }

  /** Adds entries a minute apart, the last two at the same moment. Answers with all ids, the newest first. */
  async function addEntries({ user }: Person, count: number, from = NOON): Promise<string[]> {
    const insert = env.DB.prepare("INSERT INTO activity (id, user_id, event, at) VALUES (?, ?, 'export', ?)")
    const times = Array.from({ length: count }, (_, n) => from + 60_000 * Math.min(n + 1, Math.max(1, count - 1)))
    await env.DB.batch(times.map((at) => insert.bind(uuidv7({ msecs: at }), user.id, at)))
    const all = env.DB.prepare('SELECT id FROM activity WHERE user_id = ? ORDER BY id DESC').bind(user.id)
    return (await all.raw<[string]>()).flat()
  }

  it('gives pages of 50, or of 1 to 100 on request, the newest entry first', async () => {
    const [owner, bob] = [await signUp('alice'), await signUp('bob')]
    const ids = await addEntries(owner, 100)
    await addEntries(bob, 3)
    expect(ids).toHaveLength(101)
    for (const [query, count] of [
      ['', 50],
      ['?limit=1', 1],
      ['?limit=50', 50],
      ['?limit=100', 100],
    ] as const) {
      const { ids: shown, nextCursor } = await page(owner, query)
      expect(shown).toEqual(ids.slice(0, count))
      const next = await page(owner, `?limit=100&cursor=${nextCursor}`)
      expect(next).toEqual({ ids: ids.slice(count), nextCursor: null })
    }
    for (const limit of ['0', '101', '-1', '1.5', '1e1', '', 'x', '%2050', '0x1', '1000']) {
      const { status, body } = await owner.client.get(`/users/me/activity?limit=${limit}`)
      expect({ limit, status, body }).toMatchObject({
        limit,
        status: 422,
        body: { code: 'invalid_fields', errors: [{ path: '/limit' }] },
      })
    }
  })

  it('shows each entry once across pages, while new entries are added', async () => {
    const owner = await signUp('alice')
    const ids = await addEntries(owner, 6)
    const shown: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { ids: some, nextCursor }: Awaited<ReturnType<typeof page>> = await page(
        owner,
        `?limit=1${cursor && `&cursor=${cursor}`}`,
      )
      shown.push(...some)
      cursor = nextCursor
      await addEntries(owner, 1, NOON + DAY)
    }
    expect(shown).toEqual(ids)
    const exact = await page(owner, '?limit=14')
    expect(exact).toEqual({ ids: exact.ids, nextCursor: null })
    expect(exact.ids).toHaveLength(14)
  })

  it('refuses cursors of other users and of other lists', async () => {
    const [owner, bob] = [await signUp('alice'), await signUp('bob')]
    for (const person of [owner, bob]) {
      await addEntries(person, 2)
      for (const contents of ['Buy milk', 'Buy bread']) await person.client.post('/todos', { contents })
    }
    const { nextCursor: own } = await page(owner, '?limit=1')
    const { nextCursor: foreign } = await page(bob, '?limit=1')
    const { body } = await owner.client.get<{ nextCursor: string }>('/todos?limit=1')
    const edited = atob(own?.replaceAll('-', '+').replaceAll('_', '/') ?? '').replace(/^\d/, (digit) => `${+digit ^ 1}`)
    const cursors = [foreign, body.nextCursor, btoa(edited), `${own}A`, own?.slice(1), '', 'x', 'a'.repeat(501)]
    for (const cursor of cursors) {
      const answer = await owner.client.get(`/users/me/activity?cursor=${cursor}`)
      expect({ cursor, status: answer.status, body: answer.body }).toMatchObject({
        cursor,
        status: 422,
        body: { code: 'invalid_fields', errors: [{ path: '/cursor' }] },
      })
    }
    expect((await page(owner, `?cursor=${own}`)).ids).toHaveLength(2)
    expect((await owner.client.get(`/todos?cursor=${own}`)).status).toBe(422)
  })

  it('shows nobody else’s entries, and is not cached', async () => {
    const [owner, bob] = [await alice(), await signUp('bob')]
    await tryPassword('alice')
    const shown = await eventsOf(bob)
    expect(shown).toMatchObject([{ event: 'sign_up', sessionId: bob.session.id }])
    const { status, headers } = await owner.client.get('/users/me/activity')
    expect({ status, cache: headers.get('Cache-Control') }).toEqual({ status: 200, cache: 'no-store' })
  })
})

describe('activity after 90 days', () => {
  const runCron = () => worker.scheduled(createScheduledController(), env)

  it('is deleted, and not a millisecond sooner', async () => {
    await alice()
    advanceClock(1)
    await signUp('bob')
    setClock(NOON + ACTIVITY_LIFE_MS - 1)
    expect(ACTIVITY_LIFE_MS).toBe(90 * DAY)
    await runCron()
    expect((await dump())['activity']).toHaveLength(2)
    advanceClock(1)
    await runCron()
    expect((await dump())['activity']).toMatchObject([{ event: 'sign_up', at: NOON + 1 }])
  })
})

describe('the activity of an account', () => {
  it('records nothing for requests that were refused or failed', async () => {
    const owner = await alice()
    await signUp('bob')
    await signUpWithContacts('carol', ['carol@example.com'])
    const taken = { verificationToken: await verificationTokenFor({ channel: 'email', to: 'carol@example.com' }) }
    const spent = await verificationTokenFor({ channel: 'email', to: EMAIL }, 'reset_password')
    const asked = await askForCode(stranger(), codeRequest('dave@example.com', 'log_in'))
    const { client } = owner
    const broken = device({ bindings: { DB: failingD1() } }).copyCookies(client)
    await expectNoNewActivity(async () => {
      const answers = [
        await stranger().post('/auth/sign-up', { username: 'alice', password: PASSWORD }),
        await client.put('/users/me/email', taken),
        await client.put('/users/me/phone', taken),
        await client.put('/auth/password', { newPassword: 'short' }),
        await stranger().put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken: `${spent}x` }),
        await stranger().post('/auth/otp/log-in', { ...rightGuess(asked), code: wrongCode(asked.code) }),
        await broken.put('/auth/password', { newPassword: NEW_PASSWORD }),
        await broken.get('/users/me/export'),
      ]
      expect(answers.map(({ status }) => status)).toEqual([409, 409, 403, 422, 403, 401, 503, 503])
    })
  })

  it('records nothing for a log-in when the password changes while it is checked', async () => {
    await alice()
    const change = () => env.DB.prepare('UPDATE users SET password_version = password_version + 1').run()
    const late = device({ userAgent: CURL, bindings: { DB: interruptedD1(2, change) } })
    expect((await expectNoNewActivity(() => tryPassword('alice', late, PASSWORD))).status).toBe(401)
  })

  it('contains no contact, code, token or password', async () => {
    const owner = await alice()
    const secrets = [EMAIL, PHONE, '12345678', PASSWORD, WRONG, NEW_PASSWORD, 'new@example.com']
    const asked = await askForCode(byScript(), codeRequest(EMAIL, 'log_in'))
    const other = device({ userAgent: `${EMAIL} ${CHROME} ${PHONE}`, country: 'KR' })
    expect((await other.post('/auth/otp/log-in', rightGuess(asked))).status).toBe(200)
    await tryPassword(EMAIL)
    await tryPassword(PHONE)
    const proof = await proveContact(PHONE, 'reset_password')
    const newEmail = await verificationTokenFor({ channel: 'email', to: 'new@example.com' })
    await owner.client.put('/users/me/email', { verificationToken: newEmail })
    await owner.client.delete('/users/me', { currentPassword: WRONG })
    await owner.client.get('/users/me/export')
    const tokens = [owner.client, other].flatMap(({ cookies }) => [...cookies.values()])
    await stranger().put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken: proof })
    await settleBackground()
    const rows = (await dump())['activity'] ?? []
    expect(rows.length).toBeGreaterThan(9)
    const text = JSON.stringify(rows)
    for (const secret of [...secrets, asked.code, proof, newEmail, ...tokens]) expect(text).not.toContain(secret)
  })

  it('is deleted with the account', async () => {
    const owner = await alice()
    await tryPassword('alice')
    await settleBackground()
    expect((await owner.client.delete('/users/me')).status).toBe(204)
    await settleBackground()
    expect((await dump())['activity']).toEqual([])
  })
})
