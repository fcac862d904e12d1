import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { ACCESS_TOKEN_LIFE_MS } from '../../src/sessions/token'
import { aliceAndBob, endSession, endSessionButKeepCopy, sessionKey } from '../helpers/alice-and-bob'
import { type Answer, Client, ORIGIN, type ProblemBody, settleBackground } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { needsUser, readDocument } from '../helpers/document'
import { withBearer } from '../helpers/people'
import { send, validRequests } from '../helpers/requests'
import { someOf } from '../helpers/some-of'
import { dump, expectChangesOnlyIn, expectNoChanges } from '../helpers/storage'
import { accessTokenOf } from '../helpers/tokens'

/* Tests for every route that needs a signed-in user. */

const FOREIGN = 'https://evil.example'
const ALLOWED = 'https://app.example.com'

const foreign: Record<string, string>[] = [
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: FOREIGN },
  { Origin: FOREIGN },
  { Origin: 'null' },
  { Origin: ORIGIN.replace('http:', 'https:') },
  { Origin: `${ALLOWED}.evil.example` },
  { Origin: `${ALLOWED}:8443`, 'Sec-Fetch-Site': 'same-site' },
]

const own: Record<string, string>[] = [
  { Origin: ORIGIN },
  { Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin' },
  { Origin: ALLOWED, 'Sec-Fetch-Site': 'cross-site' },
]

function expectUnauthenticated({ status, headers, body }: Answer<ProblemBody>, challenge = ', error="invalid_token"') {
  expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthenticated' })
  expect(headers.get('WWW-Authenticate')).toBe(`Bearer realm="latchkey"${challenge}`)
  expect(headers.get('Cache-Control')).toBe('no-store')
}

it('lists every operation of the document, and whether it needs a user', async () => {
  const { operations } = await readDocument()
  const documented = operations.map((operation) => {
    const { operationId, method, path } = operation
    return { operationId, method, path, needsUser: needsUser(operation) }
  })
  const tested = Object.entries(validRequests).map(([operationId, { method, path, needsUser = false }]) => ({
    operationId,
    method,
    path,
    needsUser,
  }))
  const byId = (a: { operationId: string }, b: { operationId: string }) => (a.operationId < b.operationId ? -1 : 1)
  expect(tested.sort(byId)).toEqual(documented.sort(byId))
})

const protectedRequests = Object.entries(validRequests).filter(
  ([, { needsUser, needsUserAsSent }]) => needsUser ?? needsUserAsSent,
)

const { alice, bob } = aliceAndBob()

describe.each(someOf(protectedRequests, 5))('%s', (_, request) => {
  const unsafe = request.method !== 'GET'
  const asksD1 = unsafe || request.asksD1

  it('accepts a signed-in browser and a bearer token', async () => {
    const owner = alice()
    await request.prepare?.(owner)
    await settleBackground()
    const before = await dump()
    expect((await send(request, owner)).status).toBeLessThan(300)
    if (unsafe && !request.changesNothing) expect(await dump()).not.toEqual(before)
    const client = withBearer(accessTokenOf(bob()))
    const headers = { Origin: FOREIGN, 'Sec-Fetch-Site': 'cross-site' }
    await request.prepare?.(bob())
    expect((await send(request, bob(), { client, headers })).status).toBeLessThan(300)
  })

  it('refuses a request without a token', async () => {
    const answer = await expectNoChanges(() => send(request, alice(), { client: new Client() }))
    expectUnauthenticated(answer, '')
  })

  it('refuses a forged token', async () => {
    const [header = '', payload = '', signature = ''] = accessTokenOf(alice()).split('.')
    const [, payloadOfBob = ''] = accessTokenOf(bob()).split('.')
    const unsigned = btoa(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).replaceAll('=', '')
    const otherSignature = signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
    const forged = [
      `${header}.${payload}.${otherSignature}`,
      `${header}.${payloadOfBob}.${signature}`,
      `${unsigned}.${payload}.`,
      'nonsense',
    ]
    await expectNoChanges(async () => {
      for (const token of forged) {
        expectUnauthenticated(await send(request, alice(), { client: withBearer(token) }))
        const browser = alice()
        browser.client.cookies.set('__Host-access', token)
        expectUnauthenticated(await send(request, browser))
      }
    })
  })

  it('refuses an Authorization header that holds no bearer token', async () => {
    await expectNoChanges(async () => {
      for (const header of ['Bearer', 'Bearer  ', 'Bearer a b']) {
        const client = new Client({ Authorization: header })
        expectUnauthenticated(await send(request, alice(), { client }))
      }
      for (const header of ['Basic YWxpY2U6cHc=', accessTokenOf(alice())]) {
        const client = new Client({ Authorization: header })
        expectUnauthenticated(await send(request, alice(), { client }), '')
      }
    })
  })

  it('refuses a token from the second that it expires, not before', async () => {
    const owner = alice()
    const expiresAt = Math.floor(Date.parse(owner.session.createdAt) / 1000) * 1000 + ACCESS_TOKEN_LIFE_MS
    setClock(expiresAt)
    expectUnauthenticated(await expectNoChanges(() => send(request, owner)))
    setClock(expiresAt - 1)
    await request.prepare?.(owner)
    expect((await send(request, owner)).status).toBeLessThan(300)
  })

  it(
    asksD1
      ? 'refuses an ended session although KV still has a copy, and changes nothing'
      : 'may answer from KV to a session that has just ended, and changes nothing',
    async () => {
      const owner = alice()
      await endSessionButKeepCopy(owner)
      const answer = await expectNoChanges(() => send(request, owner))
      if (asksD1) expectUnauthenticated(answer)
      else expect(answer.status).toBe(200)
    },
  )

  it('refuses an ended session of which KV has no copy', async () => {
    const owner = alice()
    await endSession(owner)
    expectUnauthenticated(await expectNoChanges(() => send(request, owner)))
  })

  it('refuses a session that has expired in D1', async () => {
    const owner = alice()
    await env.DB.prepare('UPDATE sessions SET expires_at = ? WHERE id = ?').bind(Date.now(), owner.session.id).run()
    expectUnauthenticated(await expectNoChanges(() => send(request, owner)))
  })

  it('refuses a user who has been deleted', async () => {
    const owner = alice()
    await env.DB.prepare('DELETE FROM users WHERE id = ?').bind(owner.user.id).run()
    expectUnauthenticated(await expectNoChanges(() => send(request, owner)))
    if (asksD1) {
      await endSessionButKeepCopy(owner)
      expectUnauthenticated(await expectNoChanges(() => send(request, owner)))
    }
  })

  it('refuses a cookie and a bearer token at once', async () => {
    const owner = alice()
    const headers = { Authorization: `Bearer ${accessTokenOf(bob())}` }
    const { status, body } = await expectNoChanges(() => send(request, owner, { headers }))
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'ambiguous_credentials' })
  })

  it('lets nobody in by a token in the query string', async () => {
    const path = `${request.path}?access_token=${accessTokenOf(alice())}`
    const answer = await expectNoChanges(() => send({ ...request, path }, alice(), { client: new Client() }))
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: '/access_token', code: 'unknown_field' }] } })
  })

  if (!unsafe) {
    it("never answers from another user's copy in KV", async () => {
      const owner = alice()
      const { session, user, todo } = bob()
      await env.KV.put(sessionKey(owner), JSON.stringify({ session, user }), { expirationTtl: 60 })
      const { status, text } = await send(request, owner)
      expect(status).toBe(200)
      expect(text).not.toMatch(new RegExp([session.id, user.id, todo.id].join('|')))
    })
  }

  if (unsafe) {
    it('refuses requests from pages of other sites', async () => {
      await expectNoChanges(async () => {
        for (const headers of foreign) {
          const { status, body } = await send(request, alice(), { headers })
          expect({ headers, status, code: body.code }).toEqual({ headers, status: 403, code: 'cross_site_request' })
        }
      })
    })

    it.each(own)('accepts requests from our own pages: $Origin', async (headers) => {
      const owner = alice()
      await request.prepare?.(owner)
      expect((await send(request, owner, { headers })).status).toBeLessThan(300)
    })
  }

  if (request.takesAnyId) {
    it("makes its own under the id of another user's object, and leaves that as it is", async () => {
      const rowOfBob = () =>
        env.DB.prepare('SELECT * FROM lists WHERE user_id = ? AND id = ?').bind(bob().user.id, bob().list.id).first()
      const before = await rowOfBob()
      const { status, text } = await send(request, alice(), { about: bob() })
      expect(status).toBe(201)
      expect(text).not.toContain(bob().list.name)
      expect(await rowOfBob()).toEqual(before)
    })
  } else if (request.path.includes('{id}')) {
    it("answers 404 for another user's object", async () => {
      const owner = alice()
      const { status, body, text } = await expectChangesOnlyIn(request.counted ?? [], () =>
        send(request, owner, { about: bob() }),
      )
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' })
      expect(text).not.toContain(bob().todo.contents)
    })
  }
})
