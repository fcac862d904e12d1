import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { api } from '../src/api'
import { errorCodes } from '../src/errors'
import { channelOf } from '../src/users/contacts'
import { aliceAndBob } from './helpers/alice-and-bob'
import { failingD1, failingKv } from './helpers/bindings'
import { clientOf, ORIGIN } from './helpers/client'
import { compileSchema, documentedProblems, needsUser, type Operation, readDocument } from './helpers/document'
import { giveIdentity, identityOf } from './helpers/identities'
import { addPasskey } from './helpers/passkeys'
import { prepareSecondFactor } from './helpers/prepare-second-factor'
import { asIfByCode } from './helpers/removal-requests'
import { type Difference, type Owner, send, type ValidRequest, validRequests } from './helpers/requests'
import { someOf } from './helpers/some-of'
import { accessTokenOf, verificationTokenFor } from './helpers/tokens'

/* The OpenAPI document agrees with the app. */

const { alice } = aliceAndBob()

const { document, operations } = await readDocument()

const find = (operationId: string): Operation => {
  const operation = operations.find((candidate) => candidate.operationId === operationId)
  if (!operation) throw new Error(`The document has no ${operationId}`)
  return operation
}

const statuses = ({ responses }: Operation) => Object.keys(responses).map(Number)

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 and says where the API is', async () => {
    const { status, headers, body } = await clientOf({}).get<Record<string, unknown>>(`${ORIGIN}/openapi.json`)
    expect({ status, type: headers.get('Content-Type') }).toEqual({ status: 200, type: 'application/json' })
    expect(body).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\.\d$/),
      info: { title: 'Latchkey', version: expect.any(String), license: { identifier: 'MIT' } },
      servers: [{ url: '/' }],
    })
  })

  it('lists exactly the routes of the app', () => {
    const routes = api.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    const documented = operations.map(({ method, path }) => `${method} ${path}`)
    expect(documented.sort()).toEqual([...new Set(routes)].sort())
  })

  it('gives every operation a unique name', () => {
    const names = operations.map(({ operationId }) => operationId)
    expect(names).toEqual([...new Set(names)])
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z]+$/)
  })

  it('defines every tag and every security scheme that an operation uses', () => {
    const tags = document.tags.map(({ name }) => name)
    const schemes = Object.keys(document.components.securitySchemes)
    for (const { tags: used, security } of operations) {
      expect(tags).toEqual(expect.arrayContaining(used))
      expect(schemes).toEqual(expect.arrayContaining(security.flatMap(Object.keys)))
    }
  })

  it('describes bodies in JSON only but for files, and declares every parameter in a path', () => {
    for (const { operationId, method, path, parameters, requestBody } of operations) {
      const takesFile = validRequests[operationId]?.takesFile
      const types = ['application/json', ...(method === 'PATCH' ? ['application/merge-patch+json'] : [])]
      if (requestBody && !takesFile) expect(Object.keys(requestBody.content)).toEqual(types)
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ in: 'path', name, required: true }))
      expect(parameters.filter((parameter) => parameter.in === 'path')).toEqual(inPath)
    }
  })

  it('says in words what a field is by default, because generators take a `default` for a field that is required', async () => {
    const { text } = await clientOf({}).get(`${ORIGIN}/openapi.json`)
    const properties: unknown[] = []
    JSON.parse(text, (key, value) => {
      if (key === 'properties') properties.push(...Object.values(value))
      return value
    })
    expect(properties.filter((schema) => Object.hasOwn(Object(schema), 'default'))).toEqual([])
    expect(properties).toContainEqual(expect.objectContaining({ description: 'By default `"none"`.' }))
  })

  it('lists every error code under the status of that code', () => {
    const statusOf = Object.entries(errorCodes).map(([code, { status }]) => `${status} ${code}`)
    for (const operation of operations) expect(statusOf).toEqual(expect.arrayContaining(documentedProblems(operation)))
  })

  it('lists every error code except those of no operation', () => {
    const documented = new Set(operations.flatMap(documentedProblems).map((problem) => problem.split(' ')[1]))
    const known = Object.keys(errorCodes).filter(
      (code) => !['method_not_allowed', 'misdirected_request'].includes(code),
    )
    expect([...documented].sort()).toEqual(known.sort())
  })

  it('documents the errors about a token or a body for every operation that takes one', () => {
    for (const operation of operations) {
      const problems = documentedProblems(operation)
      const unsafe = operation.method !== 'GET'
      expect(problems).toContain('500 internal_error')
      if (needsUser(operation)) expect(problems).toEqual(expect.arrayContaining(['401 unauthenticated']))
      if (unsafe) expect(problems).toEqual(expect.arrayContaining(['403 cross_site_request', '413 content_too_large']))
      if (operation.requestBody) {
        const ofJson = validRequests[operation.operationId]?.takesFile ? [] : ['400 malformed_json']
        const ofBodies = [...ofJson, '415 unsupported_media_type', '422 invalid_fields']
        expect(problems).toEqual(expect.arrayContaining(ofBodies))
      }
      if (operation.parameters.some((parameter) => parameter.in === 'query') || operation.path.includes('{id}')) {
        expect(problems).toContain('422 invalid_fields')
      }
    }
  })

  it('documents the errors about a fresh proof for every operation that takes the current password', () => {
    const takesPassword = operations.filter(({ requestBody }) =>
      JSON.stringify(requestBody ?? {}).includes('"currentPassword"'),
    )
    const names = takesPassword.map(({ operationId }) => operationId).sort()
    expect(names).toEqual([
      'beginLink',
      'beginPasskey',
      'beginTotp',
      'changePassword',
      'createCalendarFeed',
      'createRecoveryCodes',
      'deleteEmail',
      'deleteMe',
      'deletePhone',
      'deleteTotp',
      'endOtherSessions',
      'endSession',
      'linkIdentity',
      'putEmail',
      'putPhone',
      'removePasskey',
      'unlinkIdentity',
      'updateMe',
    ])
    for (const operation of takesPassword) {
      expect(documentedProblems(operation)).toEqual(
        expect.arrayContaining([
          '403 fresh_proof_required',
          '403 wrong_password',
          '403 wrong_second_factor',
          '429 too_many_attempts',
          '429 rate_limited',
        ]),
      )
    }
  })
})

/** The request of somebody who has proven neither the password nor that contact. */
const waiting = (name: string): [Partial<ValidRequest>, Difference] => {
  const contact = name.endsWith('Email') ? 'email' : 'phone'
  const other = contact === 'email' ? 'phone' : 'email'
  const next = contact === 'email' ? 'next@example.com' : '+821000000008'
  let verificationToken = ''
  const prepare = async (owner: Owner) => {
    const sql = `UPDATE users SET email = 'waiting@example.com', phone = '+821000000009' WHERE id = ?`
    await env.DB.batch([env.DB.prepare(sql).bind(owner.user.id), env.DB.prepare('DELETE FROM past_identifiers')])
    await asIfByCode(owner, other)
    verificationToken = await verificationTokenFor({ channel: channelOf[contact], to: next })
  }
  return [{ prepare, body: () => (name.startsWith('put') ? { verificationToken } : {}) }, {}]
}

/** A removal of an identity that has to wait: the session began with a code, and the identity is old. */
const waitingUnlink = (): [Partial<ValidRequest>, Difference] => {
  let id = ''
  const prepare = async (owner: Owner) => {
    id = await giveIdentity(owner, identityOf('old'))
    await env.DB.prepare('UPDATE identities SET created_at = 0 WHERE id = ?').bind(id).run()
    await asIfByCode(owner, 'email')
  }
  return [{ prepare, parameter: () => id, body: () => ({}) }, {}]
}

/** The erasure of a second factor that the request before it has asked for, when its time has come. */
const due = async (owner: Owner) => {
  await prepareSecondFactor(owner)
  await env.DB.prepare('UPDATE removal_requests SET effective_at = ?').bind(Date.now()).run()
}

/** The same for a passkey. */
const waitingRemoval = (): [Partial<ValidRequest>, Difference] => {
  let id = ''
  const prepare = async (owner: Owner) => {
    id = (await addPasskey(owner)).id
    await env.DB.prepare('UPDATE passkeys SET created_at = 0 WHERE id = ?').bind(id).run()
    await asIfByCode(owner, 'email')
  }
  return [{ prepare, parameter: () => id, body: () => ({}) }, {}]
}

/** A passkey that the user has already: the answer to adding it got lost. */
const addedAlready = (): [Partial<ValidRequest>, Difference] => [
  { prepare: ({ client, passkeys }) => client.post('/users/me/passkeys', passkeys.another) },
  {},
]

/** More valid requests, which get another documented answer than the one in the table. */
const variants: Record<string, [request: Partial<ValidRequest>, difference: Difference][]> = {
  ping: [[{ headers: { Accept: 'text/html' } }, {}]],
  signUp: [
    [{}, { body: { username: 'dave', password: 'correct horse battery staple', tokens: 'body' } }],
    [{ body: ({ proofs }) => ({ verificationTokens: [proofs.email, proofs.phone] }) }, {}],
  ],
  logIn: [[{}, { body: { identifier: 'alice', password: 'correct horse battery staple', tokens: 'body' } }]],
  logInByCode: [[{ body: ({ codes }) => ({ ...codes.firstLogIn, tokens: 'body' }) }, {}]],
  logInByIdToken: [[{ body: ({ identities: { own } }) => ({ idToken: own.idToken, nonce: own.nonce }) }, {}]],
  exchangeSocialCode: [[{ body: ({ identities }) => identities.own.exchange }, {}]],
  linkIdentity: [[{ body: ({ identities }) => identities.own.exchange }, {}]],
  unlinkIdentity: [waitingUnlink()],
  eraseSecondFactorOfAccount: [[{ prepare: due }, {}]],
  beginPasskeyLogIn: [[{}, { body: { tokens: 'body' } }]],
  addPasskey: [addedAlready()],
  removePasskey: [waitingRemoval()],
  getAvailability: [[{ body: ({ proofs }) => ({ verificationToken: proofs.phone }) }, {}]],
  ...Object.fromEntries(['putEmail', 'deleteEmail', 'putPhone', 'deletePhone'].map((name) => [name, [waiting(name)]])),
  exportMe: ['json', 'csv', 'todo.txt', 'ics'].map((format) => [{ query: () => `?format=${format}` }, {}]),
  readCalendarFeed: [[{ headers: { 'If-None-Match': '*' } }, {}]],
  importTodos: [[{ headers: { Accept: 'application/x-ndjson' } }, {}]],
  putTodo: [[{ parameter: () => uuidv7() }, {}]],
  getTodo: [[{ headers: { 'If-None-Match': '*' } }, {}]],
  putList: [[{ parameter: () => uuidv7() }, {}]],
  listLists: [[{ headers: { 'If-None-Match': '*' } }, {}]],
  listTodos: [
    [{ headers: { 'If-None-Match': '*' } }, {}],
    [{ path: '/api/v1/todos?q=bread' }, {}],
  ],
}

describe.each(someOf(Object.entries(validRequests), 3))('%s', (operationId, request) => {
  it('answers as documented, and nothing more', async () => {
    const operation = find(operationId)
    const { requestBody, responses } = operation
    const bodySchema = requestBody?.content['application/json']?.schema
    const seen = new Set<number>()
    const types = new Set<string>()
    for (const [other, difference] of [[{}, {}] as const, ...(variants[operationId] ?? [])]) {
      const owner = alice()
      const variant: ValidRequest = { ...request, ...other }
      const sent = 'body' in difference ? difference.body : variant.body?.(owner)
      if (bodySchema) expect(compileSchema(document, bodySchema).safeParse(sent).error).toBeUndefined()
      await variant.prepare?.(owner)
      const { status, headers, body, text } = await send(variant, owner, difference)
      seen.add(status)
      const content = responses[status]?.content
      expect(Object.keys(responses)).toContain(String(status))
      if (content === undefined) {
        expect([204, 303, 304]).toContain(status)
        expect({ text, type: headers.get('Content-Type') }).toEqual({ text: '', type: null })
      } else {
        const [type = ''] = headers.get('Content-Type')?.split(';') ?? []
        types.add(type)
        const schema = content[type]?.schema ?? { not: {} }
        const read = type === 'application/json' ? body : text
        expect(compileSchema(document, schema).safeParse(read).error).toBeUndefined()
      }
    }
    const good = statuses(operation).filter((status) => status < 400)
    expect([...seen].sort()).toEqual(good)
    const documented = good.flatMap((status) => Object.keys(responses[status]?.content ?? {}))
    expect([...types].sort()).toEqual([...new Set(documented)].sort())
  })

  it('fails only in a documented way when D1 or KV is down', async () => {
    const owner = alice()
    for (const bindings of [{ DB: failingD1() }, { KV: failingKv() }, { DB: failingD1(), KV: failingKv() }]) {
      const client = clientOf(bindings, { Authorization: `Bearer ${accessTokenOf(owner)}` })
      const { status, body } = await send(request, owner, { client })
      const documented = [...statuses(find(operationId)).map(String), ...documentedProblems(find(operationId))]
      expect(documented).toContain(status < 400 ? String(status) : `${status} ${body.code}`)
    }
  })
})
