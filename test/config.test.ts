import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker from '../src/index'
import wrangler from '../wrangler.toml?raw'
import { failingD1, failingKv, recordingLimit } from './helpers/bindings'
import { backgroundContext, Client, clientOf, ORIGIN } from './helpers/client'
import { advanceClock, setClock } from './helpers/clock'
import { PASSWORD, signUp } from './helpers/people'
import { recordingBindings } from './helpers/recorder'

const HEALTH = `${ORIGIN}/health`

/** Asks the health check, and routes of several kinds. */
const ask = async (client: Client) => [
  await client.get(HEALTH),
  await client.get('/users/me'),
  await client.get('/todos'),
  await client.post('/auth/log-in', { identifier: 'alice', password: PASSWORD }),
  await client.post('/auth/refresh'),
  await client.get('/nothing-here'),
]

/** Expects every route except ping to say which setting is wrong and why, but not its value. */
async function expectMisconfigured(client: Client, detail: string | RegExp, value = ''): Promise<void> {
  for (const { status, headers, body, text } of await ask(client)) {
    expect(status).toBe(503)
    expect(headers.get('Content-Type')).toBe('application/problem+json')
    expect(body).toEqual({
      type: '/problems/misconfigured',
      title: 'A setting of this deployment is missing or wrong',
      status: 503,
      detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
      code: 'misconfigured',
      requestId: headers.get('X-Request-Id'),
    })
    if (value !== '') expect(text).not.toContain(value)
  }
  expect(await client.get(`${ORIGIN}/`)).toMatchObject({ status: 200, body: { ping: 'pong' } })
}

async function expectHealthy(client: Client): Promise<void> {
  expect(await client.get(HEALTH)).toMatchObject({ status: 200, body: { status: 'ok' } })
}

/** A client of a Worker whose environment does not even have the name of this setting. */
const clientWithout = (name: string): Client => {
  const lacking = new Proxy(env, {
    get: (target, key) => (key === name ? undefined : Reflect.get(target, key)),
    ownKeys: (target) => Reflect.ownKeys(target).filter((key) => key !== name),
  })
  return new Client({}, async (request) => worker.fetch(request, lacking, backgroundContext()))
}

describe('a secret', () => {
  it('is named when it is missing', async () => {
    for (const name of ['AUTH_SECRET', 'PASSWORD_PEPPER']) {
      await expectMisconfigured(clientWithout(name), `${name} is missing.`)
      await expectMisconfigured(clientOf({ [name]: '' }), `${name} is missing.`)
    }
  })

  it('is too short with 31 bytes, and long enough with 32', async () => {
    for (const name of ['AUTH_SECRET', 'PASSWORD_PEPPER', 'AUTH_SECRET_PREVIOUS', 'PASSWORD_PEPPER_PREVIOUS']) {
      const short = 's3cr3t-'.repeat(5).slice(0, 31)
      await expectMisconfigured(clientOf({ [name]: short }), `${name} is shorter than 32 bytes.`, short)
      await expectHealthy(clientOf({ [name]: `${short}!` }))
    }
  })

  it('is measured in bytes, not in characters', async () => {
    const short = `${'é'.repeat(15)}x`
    await expectMisconfigured(clientOf({ AUTH_SECRET: short }), 'AUTH_SECRET is shorter than 32 bytes.', short)
    await expectHealthy(clientOf({ AUTH_SECRET: 'é'.repeat(16), PASSWORD_PEPPER: '🔑'.repeat(8) }))
  })

  it('is named together with every other setting that is wrong', async () => {
    const client = clientOf({ AUTH_SECRET: 'short', PASSWORD_PEPPER: '', PASSWORD_MIN_LENGTH: 'many' })
    await expectMisconfigured(
      client,
      'AUTH_SECRET is shorter than 32 bytes; PASSWORD_PEPPER is missing; PASSWORD_MIN_LENGTH must be a number.',
    )
  })

  it('has no default: without it nobody can sign up', async () => {
    const answer = await clientWithout('AUTH_SECRET').post('/auth/sign-up', { username: 'alice', password: PASSWORD })
    expect(answer).toMatchObject({ status: 503, body: { code: 'misconfigured' } })
    expect(await env.DB.prepare('SELECT count(*) AS users FROM users').first()).toEqual({ users: 0 })
  })
})

describe('ALLOWED_ORIGINS', () => {
  it('accepts origins and nothing else', async () => {
    for (const wrong of [
      '*',
      'app.example.com',
      'https://app.example.com/',
      'https://app.example.com/path',
      'https://APP.example.com',
      'https://app.example.com:443',
      'https://*.example.com',
      'https://app.example.com https://other.example.com',
      'null',
      'file:///etc',
    ]) {
      await expectMisconfigured(clientOf({ ALLOWED_ORIGINS: wrong }), /^ALLOWED_ORIGINS(\.0)? must be an origin/)
    }
    const second = clientOf({ ALLOWED_ORIGINS: 'https://app.example.com,secret.internal' })
    await expectMisconfigured(second, /^ALLOWED_ORIGINS(\.1)? must be an origin/, 'secret.internal')
    await expectHealthy(clientOf({ ALLOWED_ORIGINS: ' https://app.example.com , http://localhost:5173, ' }))
  })
})

describe('PASSWORD_MIN_LENGTH', () => {
  it('accepts whole numbers from 8 to 64', async () => {
    for (const wrong of ['7', '65', '8.5', '-8', 'twelve', '12 characters', 'NaN', 'Infinity', ' ']) {
      await expectMisconfigured(clientOf({ PASSWORD_MIN_LENGTH: wrong }), /^PASSWORD_MIN_LENGTH /)
    }
    for (const right of ['8', '64']) await expectHealthy(clientOf({ PASSWORD_MIN_LENGTH: right }))
  })
})

describe('a setting of few words', () => {
  it.each([
    ['PLAN', ['free', 'paid', ''], ['Free', 'business', 'on']],
    ['REMOVE_UNUSED_ACCOUNTS', ['on', ''], ['off', 'true', 'On']],
  ])('%s takes these and nothing else', async (name, right, wrong) => {
    for (const value of right) await expectHealthy(clientOf({ [name]: value }))
    for (const value of wrong) await expectMisconfigured(clientOf({ [name]: value }), new RegExp(`^${name} must be `))
  })
})

describe('TODO_QUOTA_ROWS and TODO_QUOTA_BYTES', () => {
  it('accept whole numbers from 0', async () => {
    for (const name of ['TODO_QUOTA_ROWS', 'TODO_QUOTA_BYTES']) {
      for (const wrong of ['-1', '1.5', 'many', '20 MB', 'Infinity']) {
        await expectMisconfigured(clientOf({ [name]: wrong }), new RegExp(`^${name} `))
      }
      for (const right of ['', '0', '1000000000']) await expectHealthy(clientOf({ [name]: right }))
    }
  })
})

describe('a setting of how many', () => {
  it.each([
    ['SMS_DAILY_BUDGET', ['-1', '1.5', 'many', ' x'], ['0', '1', '100000']],
    ['EMAIL_DAILY_BUDGET', ['-1', '1.5', 'many', ' x'], ['0', '1', '100000']],
    ['SIGN_UPS_PER_HOUR', ['-1', '1.5', 'many', ' x'], ['0', '1', '100000']],
    ['CODES_PER_ADDRESS', ['0', '-1', '1.5', '1001', 'many'], ['1', '1000']],
  ])('is a whole number in its range: %s', async (name, wrong, right) => {
    for (const value of wrong) await expectMisconfigured(clientOf({ [name]: value }), new RegExp(`^${name} `))
    for (const value of right) await expectHealthy(clientOf({ [name]: value }))
  })
})

describe('an optional setting', () => {
  it('counts as missing when it is empty', async () => {
    const client = clientOf({
      AUTH_SECRET_PREVIOUS: '',
      PASSWORD_PEPPER_PREVIOUS: '',
      PASSWORD_MIN_LENGTH: '',
      ALLOWED_ORIGINS: '',
    })
    await expectHealthy(client)
    await signUp('alice', client)
    const options = { headers: { Origin: 'https://app.example.com' } }
    const short = await client.post('/auth/sign-up', { username: 'bobby', password: 'x7#kQ2v' })
    expect(short.body.errors).toMatchObject([{ path: '/password', message: 'Must have at least 8 characters' }])
    const foreign = await client.post('/auth/refresh', {}, options)
    expect(foreign).toMatchObject({ status: 403, body: { code: 'cross_site_request' } })
  })

  it('may be missing', async () => {
    await expectHealthy(clientWithout('ALLOWED_ORIGINS'))
  })
})

describe('the health check', () => {
  it('asks D1 and KV once in five seconds, and not before it knows', async () => {
    setClock(Date.now())
    const { DB, KV, start, cost } = recordingBindings()
    const client = clientOf({ DB, KV })
    await client.get(HEALTH)
    expect(cost()).toMatchObject({ d1: 1, kv: 1 })
    start()
    advanceClock(4999)
    await expectHealthy(client)
    expect(cost()).toMatchObject({ d1: 0, kv: 0 })
    advanceClock(1)
    await Promise.all([client.get(HEALTH), client.get(HEALTH)])
    expect(cost()).toMatchObject({ d1: 2, kv: 2 })
  })

  it('is limited by address', async () => {
    const { keys, ...limit } = recordingLimit(false)
    const { status, body } = await clientOf(limit, { 'CF-Connecting-IP': '203.0.113.7' }).get(HEALTH)
    expect({ status, code: body.code, keys }).toEqual({ status: 429, code: 'rate_limited', keys: ['203.0.113.7'] })
  })

  it('names the part that does not answer', async () => {
    const DB = failingD1()
    const KV = failingKv()
    for (const [bindings, detail] of [
      [{ DB }, /^D1 does not answer/],
      [{ KV }, /^KV does not answer/],
      [{ DB, KV }, /^D1 and KV do not answer/],
    ] as const) {
      const { status, headers, body, text } = await clientOf(bindings).get(HEALTH)
      expect(status).toBe(503)
      expect(body).toEqual({
        type: '/problems/unavailable',
        title: 'A part of the service does not answer; try again',
        status: 503,
        detail: expect.stringMatching(detail),
        code: 'unavailable',
        requestId: headers.get('X-Request-Id'),
      })
      expect(text).not.toMatch(/D1_ERROR|KV GET/)
    }
  })

  it('is fine when D1 and KV answer, and ping needs neither', async () => {
    await expectHealthy(new Client())
    const broken = clientOf({ DB: failingD1(), KV: failingKv() })
    expect(await broken.get(`${ORIGIN}/`)).toMatchObject({ status: 200, body: { ping: 'pong' } })
  })

  it('is the only one to name that part: other requests get a 5xx without details', async () => {
    const { status, body, text } = await clientOf({ DB: failingD1() }).post('/auth/sign-up', {
      username: 'alice',
      password: PASSWORD,
    })
    expect(status).toBeGreaterThanOrEqual(500)
    expect(body).toMatchObject({ status, requestId: expect.any(String) })
    expect(text).not.toMatch(/D1_ERROR|SQL|insert/i)
  })
})

it('keeps addresses out of the log of Cloudflare: they contain what people search for', () => {
  expect(wrangler).toMatch(/^\[observability\.logs\]\nenabled = true\ninvocation_logs = false$/m)
})
