import { describe, expect, it } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { ORIGIN } from '../helpers/client'
import { documentedProblems, readDocument } from '../helpers/document'
import { urlOf, validRequests } from '../helpers/requests'
import { expectNoChanges } from '../helpers/storage'

/* A parameter that a route does not take is refused, as an unknown field of a body is. Otherwise `?isdone=false` would show everything. */

const { alice } = aliceAndBob()
const { operations } = await readDocument()

/** Providers add parameters of their own when they send people back. */
const OPEN = ['finishSocialLogIn']

const inApi = operations.filter(({ path, operationId }) => path.startsWith('/api/v1/') && !OPEN.includes(operationId))

/** The valid request of an operation, with some more parameters. */
async function ask(operationId: string, more: string) {
  const request = validRequests[operationId]
  if (!request) throw new Error(`There is no operation ${operationId}`)
  const owner = alice()
  await request.prepare?.(owner)
  const url = urlOf(request, owner)
  const body = request.body?.(owner)
  const { headers = {} } = request
  return expectNoChanges(() =>
    owner.client.request(request.method, `${url}${url.includes('?') ? '&' : '?'}${more}`, { headers, body }),
  )
}

describe('an unknown parameter', () => {
  it.each(inApi.map((operation) => [operation.operationId, operation] as const))(
    'is refused by %s',
    async (id, operation) => {
      const { status, body } = await ask(id, 'unknown=1')
      expect({ status, body }).toMatchObject({
        status: 422,
        body: { code: 'invalid_fields', errors: [{ path: '/unknown', code: 'unknown_field' }] },
      })
      expect(documentedProblems(operation)).toContain('422 invalid_fields')
    },
  )

  const withParameters = inApi.flatMap(({ operationId, parameters }) =>
    parameters.filter((one) => one.in === 'query').map(({ name }) => [operationId, name] as const),
  )
  it.each(withParameters)('so is one that is sent twice: %s %s', async (id, name) => {
    const { status, body } = await ask(id, `${name}=1&${name}=1`)
    expect({ status, body }).toMatchObject({ status: 422, body: { errors: [{ path: `/${name}`, code: 'duplicate' }] } })
  })

  it.each([
    ['isdone=false', '/isdone'],
    ['completed=true', '/completed'],
    ['is_done', '/is_done'],
    ['__proto__=1', '/__proto__'],
    ['constructor=1', '/constructor'],
    ['a%2Fb=1', '/a~1b'],
    ['=1', '/'],
    [`${'x'.repeat(2000)}=1`, `/${'x'.repeat(64)}`],
  ])('is named: ?%s', async (query, path) => {
    const { status, body } = await alice().client.get(`/todos?sort=dueAt&${query}`)
    expect({ status, body }).toMatchObject({ status: 422, body: { errors: [{ path, code: 'unknown_field' }] } })
  })

  it('is named only as one of the first 50', async () => {
    const query = Array.from({ length: 80 }, (_, n) => `x${n}=`).join('&')
    const { body } = await alice().client.get(`/todos?${query}`)
    expect(body).toMatchObject({ errors: { length: 50 } })
  })

  it('is left alone where providers add their own, and where there is no route', async () => {
    const { client } = alice()
    const back = await client.get('/auth/social/google/callback?state=x&unknown=1')
    expect(back.status).not.toBe(422)
    expect((await client.get('/nowhere?unknown=1')).status).toBe(404)
    expect((await client.put('/todos/changes?unknown=1')).status).toBe(405)
    expect((await client.get(`${ORIGIN}/health?unknown=1`)).status).toBe(200)
  })
})
