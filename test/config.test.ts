import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import example from '../.dev.vars.example?raw'
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

  it('is not the example, which everybody knows', async () => {
    const values = [...example.matchAll(/^(\w+)="(.+)"$/gm)].map(([, name = '', value = '']) => [name, value] as const)
    expect(values.map(([name]) => name)).toEqual(['AUTH_SECRET', 'PASSWORD_PEPPER'])
    for (const [name, value] of values) {
      await expectMisconfigured(
        clientOf({ [name]: value }),
        `${name} is still the example of .dev.vars.example.`,
        value,
      )
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
      'file://localhost',
      'data:text/html,x',
      'javascript://localhost',
      'ws://app.example.com',
      'capacitor:',
      'capacitor://',
      'capacitor://localhost/',
      'capacitor://localhost/path',
      'capacitor://localhost?x',
      'capacitor://*',
      'capacitor://user@localhost',
      'Capacitor://localhost',
      '*://localhost',
      '//localhost',
    ]) {
      await expectMisconfigured(clientOf({ ALLOWED_ORIGINS: wrong }), /^ALLOWED_ORIGINS(\.0)? must be an origin/)
    }
    const second = clientOf({ ALLOWED_ORIGINS: 'https://app.example.com,secret.internal' })
    await expectMisconfigured(second, /^ALLOWED_ORIGINS(\.1)? must be an origin/, 'secret.internal')
    await expectHealthy(clientOf({ ALLOWED_ORIGINS: ' https://app.example.com , http://localhost:5173, ' }))
    const apps =
      'capacitor://localhost, ionic://localhost, tauri://localhost, http://tauri.localhost, app://-, app://localhost:3000'
    const extensions =
      'chrome-extension://abcdefghijklmnopabcdefghijklmnop, moz-extension://2ff1cd4a-6d4c-4c0f-b3f4-3b8c3f4e0d2a'
    await expectHealthy(clientOf({ ALLOWED_ORIGINS: `https://app.example.com, ${apps}, ${extensions}` }))
    const last = clientOf({ ALLOWED_ORIGINS: `${apps}, capacitor://localhost/` })
    await expectMisconfigured(last, /^ALLOWED_ORIGINS(\.6)? must be an origin/, 'capacitor://localhost/')
  })
})

describe('ALLOWED_REDIRECTS', () => {
  it('accepts links of apps, and pages by https', async () => {
    for (const wrong of [
      'http://app.example.com/signed-in',
      '/signed-in',
      'com.example.app',
      'javascript:alert(1)',
      'data:text/html,x',
      'blob:https://app.example.com/x',
      'file:///etc',
      'com.example.app:/signed-in#x',
    ]) {
      await expectMisconfigured(clientOf({ ALLOWED_REDIRECTS: wrong }), /^ALLOWED_REDIRECTS\.0 must be links of apps/)
    }
    const second = clientOf({ ALLOWED_REDIRECTS: 'com.example.app:/x, secret.internal' })
    await expectMisconfigured(second, /^ALLOWED_REDIRECTS\.1 must be links of apps/, 'secret.internal')
    for (const right of ['', ' com.example.app:/x?a=b , https://app.example.com/signed-in, ', 'com.example.app://x']) {
      await expectHealthy(clientOf({ ALLOWED_REDIRECTS: right }))
    }
  })
})

describe('a setting of a provider', () => {
  const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
  it.each([
    ['MICROSOFT_TENANT', ['', 'common', 'organizations', 'consumers', TENANT], ['a/b', 'a b', '..%2f']],
    [
      'OIDC_ISSUER',
      ['https://idp.example', 'https://idp.example/realms/one'],
      ['http://idp.example', 'idp.example', 'javascript:alert(1)', 'https:'],
    ],
    ['OIDC_NAME', ['', 'Example', '회사', 'x'.repeat(30)], ['x'.repeat(31)]],
    ['OIDC_OWNS_EMAIL', ['on', ''], ['off', 'true', 'On']],
    [
      'TEST_PROVIDER_ISSUER',
      ['', 'http://127.0.0.1:8788', 'http://localhost:8788'],
      ['127.0.0.1:8788', 'http://127.0.0.1:8788/', 'nothing'],
    ],
    ['GOOGLE_NATIVE_CLIENT_IDS', ['', 'one', ' one , two, '], []],
  ])('%s takes these and nothing else', async (name, right, wrong) => {
    for (const value of right) await expectHealthy(clientOf({ [name]: value }))
    for (const value of wrong) await expectMisconfigured(clientOf({ [name]: value }), new RegExp(`^${name} `), value)
  })
})

describe('a provider', () => {
  /** All of its settings, and how it is called. */
  const SETTINGS: Record<string, [name: string, ...settings: string[]]> = {
    google: ['Google', 'GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
    apple: ['Apple', 'APPLE_CLIENT_ID', 'APPLE_TEAM_ID', 'APPLE_KEY_ID', 'APPLE_PRIVATE_KEY'],
    github: ['GitHub', 'GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
    microsoft: ['Microsoft', 'MICROSOFT_CLIENT_ID', 'MICROSOFT_CLIENT_SECRET'],
    kakao: ['Kakao', 'KAKAO_CLIENT_ID', 'KAKAO_CLIENT_SECRET'],
    naver: ['Naver', 'NAVER_CLIENT_ID', 'NAVER_CLIENT_SECRET'],
    line: ['LINE', 'LINE_CLIENT_ID', 'LINE_CLIENT_SECRET'],
    oidc: ['Example', 'OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'],
    test: ['Test provider', 'TEST_PROVIDER_ISSUER'],
  }
  const settingsOf = (id: string) => SETTINGS[id]?.slice(1) ?? []
  const without = (names: string[]) => clientOf(Object.fromEntries(names.map((name) => [name, ''])))
  const listed = async (client: Client) =>
    (await client.get<{ providers: { id: string; name: string }[] }>('/auth/social')).body.providers
  const everybody = Object.entries(SETTINGS).map(([id, [name]]) => ({ id, name }))

  it('is there if all of its settings are, in this order', async () => {
    expect(await listed(new Client())).toEqual(everybody)
  })

  it.each(Object.keys(SETTINGS))('is not there without its settings, and nobody misses it: %s', async (id) => {
    const client = without(settingsOf(id))
    expect((await listed(client)).map((provider) => provider.id)).toEqual(
      Object.keys(SETTINGS).filter((other) => other !== id),
    )
    await expectHealthy(client)
    expect(await client.get(`/auth/social/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  const halves = Object.keys(SETTINGS).flatMap((id) =>
    settingsOf(id).length < 2 ? [] : settingsOf(id).map((name) => [id, name] as const),
  )
  it.each(halves)('that lacks a setting is named and does not stop the rest: %s without %s', async (id, missing) => {
    const client = without([missing])
    const name = id === 'oidc' ? 'OpenID' : SETTINGS[id]?.[0]
    const detail = `${name} lacks ${missing}.`
    expect(await client.get(HEALTH)).toMatchObject({ status: 503, body: { code: 'misconfigured', detail } })
    expect(await client.get(`/auth/social/${id}`)).toMatchObject({ status: 503, body: { detail } })
    expect((await listed(client)).map((provider) => provider.id)).toEqual(
      Object.keys(SETTINGS).filter((other) => other !== id),
    )
    expect((await client.get('/users/me')).status).toBe(401)
    expect((await client.get(`/auth/social/${id === 'google' ? 'github' : 'google'}`)).status).toBe(303)
  })

  it('is named with all others that lack a setting', async () => {
    const client = without(['GOOGLE_CLIENT_SECRET', 'APPLE_TEAM_ID', 'APPLE_KEY_ID'])
    const detail = 'Google lacks GOOGLE_CLIENT_SECRET; Apple lacks APPLE_TEAM_ID, APPLE_KEY_ID.'
    expect(await client.get(HEALTH)).toMatchObject({ status: 503, body: { code: 'misconfigured', detail } })
  })

  it('is called OpenID if OIDC_NAME does not name it', async () => {
    expect(await listed(without(['OIDC_NAME']))).toContainEqual({ id: 'oidc', name: 'OpenID' })
  })

  it('needs none of them', async () => {
    const client = without(Object.keys(SETTINGS).flatMap(settingsOf))
    expect(await listed(client)).toEqual([])
    await expectHealthy(client)
  })

  it('of tests is only there with the outbox, on a computer of one’s own', async () => {
    for (const [client, origin] of [
      [clientOf({ DELIVERY: '' }), ORIGIN],
      [new Client(), 'https://latchkey.example'],
    ] as const) {
      const list = await client.get<{ providers: { id: string }[] }>(`${origin}/api/v1/auth/social`)
      expect(list.body.providers).toHaveLength(everybody.length - 1)
      expect((await client.get(`${origin}/api/v1/auth/social/test`)).status).toBe(404)
    }
  })
})

describe('APPLE_PRIVATE_KEY', () => {
  const key = String(Object.entries(env).find(([name]) => name === 'APPLE_PRIVATE_KEY')?.[1])

  it('may have its line breaks written as \\n', async () => {
    expect(key).toContain('\n')
    await expectHealthy(clientOf({ APPLE_PRIVATE_KEY: key.replaceAll('\n', '\\n') }))
  })

  it('is named by the health check if it is no key, and does not stop the rest', async () => {
    const wrong = ['a secret that is no key', key.replace('MIG', 'MIX'), key.replaceAll('PRIVATE', 'PUBLIC')]
    for (const value of wrong) {
      const client = clientOf({ APPLE_PRIVATE_KEY: value })
      const { status, body, text } = await client.get(HEALTH)
      expect({ status, detail: body.detail }).toEqual({
        status: 503,
        detail: 'APPLE_PRIVATE_KEY is not a key in PKCS #8 (PEM).',
      })
      expect(text).not.toContain(value)
      expect((await client.get('/auth/social/google')).status).toBe(303)
    }
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
