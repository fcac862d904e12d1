import { beforeEach, describe, expect, it } from 'vitest'
import { recordingLimit } from '../helpers/bindings'
import { Client, clientOf, ORIGIN } from '../helpers/client'
import { logLines } from '../helpers/log-lines'
import { OLIVIA, OPERATOR, operator, readActs, throughAccess, withOperatorToken } from '../helpers/operator'
import { type Person, signUp } from '../helpers/people'
import { validRequests } from '../helpers/requests'
import { expectNoChanges, rowsOf } from '../helpers/storage'
import { accessTokenOf } from '../helpers/tokens'

/* Who gets at the operators' routes. */

const NOT_FOUND = { status: 404, code: 'not_found' }
const COUNTERS = `${OPERATOR}/counters`
const seconds = (): number => Math.floor(Date.now() / 1000)

let alice: Person
beforeEach(async () => {
  alice = await signUp('alice')
})

/** Every route for operators, with and without a valid body, and with methods that it does not have. */
const everyRequest = (): [method: string, path: string, body: object | undefined][] =>
  Object.values(validRequests)
    .filter(({ path }) => path.startsWith('/api/v1/operator'))
    .flatMap(({ method, path }): [string, string, object | undefined][] => {
      const url = ORIGIN + path.replace('{id}', alice.user.id)
      return [
        [method, url, method === 'POST' ? { identifier: 'alice', reason: 'x' } : undefined],
        ['OPTIONS', url, undefined],
        ['PUT', url, {}],
        [method, url, method === 'POST' ? {} : undefined],
      ]
    })

async function expectNothingThere(client: Client): Promise<void> {
  expect(everyRequest().length).toBeGreaterThan(30)
  await expectNoChanges(async () => {
    for (const [method, path, body] of everyRequest()) {
      const { status, body: problem } = await client.request<{ code: string }>(method, path, { body })
      expect({ method, path, status, code: problem.code }).toEqual({ method, path, ...NOT_FOUND })
    }
  })
}

describe('without a credential', () => {
  it('nothing is there, whatever the method is', () => expectNothingThere(new Client()))

  it('nothing is there for a signed-in user, in a browser or with a bearer token', async () => {
    await expectNothingThere(alice.client)
    await expectNothingThere(new Client({ Authorization: `Bearer ${accessTokenOf(alice)}` }))
  })

  it('a request with an Origin of ALLOWED_ORIGINS gets no CORS, and a preflight is 404', async () => {
    const headers = { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'GET' }
    for (const client of [new Client(), operator()]) {
      const { headers: answered } = await client.get(COUNTERS, { headers })
      expect(answered.get('Access-Control-Allow-Origin')).toBeNull()
    }
    const preflight = await new Client().request('OPTIONS', COUNTERS, { headers })
    expect([preflight.status, preflight.headers.get('Access-Control-Allow-Origin')]).toEqual([404, null])
  })
})

describe('a deployment without the settings', () => {
  it('has no such routes, not even for an empty or a former token', async () => {
    const without = { OPERATOR_TOKEN: '', ACCESS_TEAM_DOMAIN: '', ACCESS_AUDIENCE: '' }
    for (const headers of [withOperatorToken(), { Authorization: 'Bearer ' }, { Authorization: 'Bearer undefined' }]) {
      expect(await clientOf(without, headers).get(COUNTERS)).toMatchObject({ status: 404 })
    }
    expect(await (await throughAccess({}, without)).get(COUNTERS)).toMatchObject({ status: 404 })
  })

  it('says so if the token is shorter than 32 bytes, or Access is half set up', async () => {
    const details: [Record<string, string>, string][] = [
      [{ OPERATOR_TOKEN: 'x'.repeat(31) }, 'OPERATOR_TOKEN is shorter than 32 bytes.'],
      [{ ACCESS_AUDIENCE: '' }, 'ACCESS_AUDIENCE and ACCESS_TEAM_DOMAIN must be set together.'],
      [{ ACCESS_TEAM_DOMAIN: '' }, 'ACCESS_AUDIENCE and ACCESS_TEAM_DOMAIN must be set together.'],
      [
        { ACCESS_TEAM_DOMAIN: 'https://evil.example' },
        'ACCESS_TEAM_DOMAIN must be a name such as team.cloudflareaccess.com.',
      ],
    ]
    for (const [settings, detail] of details) {
      const { status, body } = await clientOf(settings, withOperatorToken()).get(COUNTERS)
      expect({ status, detail: body.detail }).toEqual({ status: 503, detail })
    }
  })
})

describe('OPERATOR_TOKEN', () => {
  it('lets its holder in, whom the record calls `token`', async () => {
    expect(await operator().get(COUNTERS)).toMatchObject({ status: 200 })
    expect(await readActs()).toEqual([expect.objectContaining({ operator: 'token', act: 'counters', userId: null })])
  })

  it('is taken as a whole, as a bearer token and nowhere else', async () => {
    const token = withOperatorToken().Authorization.replace('Bearer ', '')
    const wrong: Record<string, string>[] = [
      { Authorization: `Bearer ${token}x` },
      { Authorization: `Bearer ${token.slice(0, -1)}` },
      { Authorization: `Bearer ${token.toUpperCase()}` },
      { Authorization: `Basic ${btoa(`token:${token}`)}` },
      { Authorization: token },
      { Cookie: `__Host-access=${token}` },
      { 'Cf-Access-Jwt-Assertion': token },
    ]
    for (const headers of wrong) {
      expect(await new Client(headers).get(COUNTERS)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    }
    expect(await new Client().get(`${COUNTERS}?token=${token}`)).toMatchObject({ status: 404 })
    expect(await rowsOf('operator_acts')).toEqual([])
  })

  it('makes a line in the log when it is wrong, without the token', async () => {
    const { lines, text } = await logLines(() => new Client({ Authorization: 'Bearer not-the-token' }).get(COUNTERS))
    expect(lines).toContainEqual({ level: 'warn', event: 'operator_refused', requestId: expect.any(String) })
    expect(text).not.toContain('not-the-token')
    const { lines: others } = await logLines(() => new Client().get(COUNTERS))
    expect(others.map(({ event }) => event)).toEqual(['request'])
  })
})

describe('Cloudflare Access', () => {
  it('lets a person in, by their e-mail address', async () => {
    expect(await (await throughAccess()).get(COUNTERS)).toMatchObject({ status: 200 })
    expect(await readActs()).toEqual([expect.objectContaining({ operator: OLIVIA, act: 'counters' })])
  })

  it('lets a service token in, by its common name', async () => {
    const commonName = 'e367826f93b8d71185e03fe518aff3b4.access'
    expect(await (await throughAccess({ commonName })).get(COUNTERS)).toMatchObject({ status: 200 })
    expect(await readActs()).toEqual([expect.objectContaining({ operator: commonName })])
  })

  it('allows for 5 s of clock difference', async () => {
    for (const claims of [{ exp: seconds() - 3 }, { iat: seconds() + 4, nbf: seconds() + 4 }]) {
      expect(await (await throughAccess({ claims })).get(COUNTERS)).toMatchObject({ status: 200 })
    }
  })

  it.each([
    ['another audience', { claims: { aud: ['another-application'] } }],
    ['no audience', { claims: { aud: null } }],
    ['another team as the issuer', { claims: { iss: 'https://evil.cloudflareaccess.com' } }],
    ['no issuer', { claims: { iss: null } }],
    ['an end that has passed', { claims: { exp: seconds() - 60 } }],
    ['no end', { claims: { exp: null } }],
    ['a beginning that has not come', { claims: { nbf: seconds() + 3600 } }],
    ['an age of more than a month', { claims: { iat: seconds() - 40 * 86_400 } }],
    ['an end that is no time', { claims: { exp: 1e99, iat: null } }],
    ['the type of a whole team', { claims: { type: 'org' } }],
    ['nobody in it', { claims: { email: null } }],
    ['an empty address', { claims: { email: '' } }],
    ['an address that is no text', { claims: { email: ['olivia@example.com'] } }],
    ['no algorithm', { fault: 'alg_none' as const }],
    ['the public key as the secret of HS256', { fault: 'hs256_with_public_key' as const }],
    ['a wrong signature', { fault: 'bad_signature' as const }],
    ['a key that the team does not publish', { fault: 'unknown_key' as const }],
  ])('does not let a token in with %s', async (_, about) => {
    const client = await throughAccess(about)
    const { status, body } = await expectNoChanges(() => client.get(COUNTERS))
    expect({ status, code: body.code }).toEqual(NOT_FOUND)
  })

  it.each(['', 'nonsense', 'a.b.c', 'e30.e30.', 'x'.repeat(10_000)])(
    'does not let in what is no token: %.20s',
    async (token) => {
      const client = new Client({ 'Cf-Access-Jwt-Assertion': token })
      expect(await client.get(COUNTERS)).toMatchObject({ status: 404 })
    },
  )

  it('does not read its cookie: only the header is sure to come from Access', async () => {
    const { headers } = await throughAccess()
    const client = new Client({ Cookie: `CF_Authorization=${headers['Cf-Access-Jwt-Assertion']}` })
    expect(await client.get(COUNTERS)).toMatchObject({ status: 404 })
  })

  it("is unavailable while the team's keys cannot be read, and the token still works", async () => {
    const down = { ACCESS_TEAM_DOMAIN: 'down.cloudflareaccess.com' }
    const client = await throughAccess({ team: 'down.cloudflareaccess.com' }, down)
    expect(await client.get(COUNTERS)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(await clientOf(down, withOperatorToken()).get(COUNTERS)).toMatchObject({ status: 200 })
  })

  it.each<Record<string, string>>([
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'https://evil.example' },
    { Origin: 'https://app.example.com', 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site', Authorization: 'Bearer something' },
  ])('does not let a page of another site use it, not even to read: %o', async (headers) => {
    const client = await throughAccess()
    await expectNoChanges(async () => {
      for (const [method, path, body] of everyRequest()) {
        const { status, body: problem } = await client.request<{ code: string }>(method, path, { headers, body })
        expect({ method, path, status, code: problem.code }).toEqual({
          method,
          path,
          status: 403,
          code: 'cross_site_request',
        })
      }
    })
  })

  it.each<Record<string, string>>([
    { 'Sec-Fetch-Site': 'same-origin' },
    { Origin: ORIGIN },
    { 'Sec-Fetch-Site': 'none' },
  ])('lets a page of this origin use it: %o', async (headers) => {
    expect(await (await throughAccess()).get(COUNTERS, { headers })).toMatchObject({ status: 200 })
  })
})

it('is limited by address, before a credential is looked at', async () => {
  const { ADDRESS_LIMIT, keys } = recordingLimit(false)
  for (const headers of [withOperatorToken(), { Authorization: 'Bearer wrong' }, {}]) {
    const { status, body } = await clientOf({ ADDRESS_LIMIT }, headers).get(COUNTERS)
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'rate_limited' })
  }
  expect(keys).toHaveLength(3)
})
