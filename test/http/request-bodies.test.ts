import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { noLimit } from '../helpers/bindings'
import { withBindings } from '../helpers/client'
import { readDocument } from '../helpers/document'
import { send, validRequests } from '../helpers/requests'
import { someOf } from '../helpers/some-of'
import { dump, expectNoChanges } from '../helpers/storage'

/* Tests for every route that takes a body. */

const utf8 = new TextEncoder()
const json = { 'Content-Type': 'application/json' }

/** The bytes in chunks, without a Content-Length. */
const streamed = (bytes: Uint8Array): ReadableStream => {
  let offset = 0
  return new ReadableStream({
    pull(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes.slice(offset, offset + 10_000))
      offset += 10_000
      if (offset >= bytes.byteLength) controller.close()
    },
  })
}

type JSONSchema = z.core.JSONSchema.JSONSchema

const typeSchema = z.string().or(z.array(z.string())).optional()
const propertySchema = z.object({ type: typeSchema, items: z.object({ type: typeSchema }).optional() })
const bodySchema = z.object({ properties: z.record(z.string(), propertySchema) })

/** Every place in a body where the document allows a string: its JSON Pointer, and the field with `value` in that place. */
async function fieldsHolding(value: string, operationId: string) {
  const { document, operations } = await readDocument()
  const { requestBody } = operations.find((operation) => operation.operationId === operationId) ?? {}
  const resolve = ({ $ref, ...inline }: JSONSchema): JSONSchema =>
    $ref === undefined ? inline : (document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {})
  const { anyOf, ...whole } = resolve(requestBody?.content['application/json']?.schema ?? {})
  // The valid request has the first alternative.
  const schema = resolve(anyOf?.[0] ?? whole)
  const isString = (part: { type?: string | string[] | undefined } | undefined) =>
    [part?.type].flat().includes('string')
  return Object.entries(bodySchema.parse(schema).properties).flatMap(([name, part]) => {
    const places: { pointer: string; field: Record<string, unknown> }[] = []
    if (isString(part)) places.push({ pointer: `/${name}`, field: { [name]: value } })
    if (isString(part.items)) places.push({ pointer: `/${name}/0`, field: { [name]: [value] } })
    return places
  })
}

/** Any value in these fields counts as a wrong guess (test/log-in/code/answers.test.ts). */
const guesses = new Set([
  ...['verifyCode', 'logInByCode'].flatMap((id) => [`${id} /challengeId`, `${id} /code`]),
  ...['logInBySecondFactor', 'confirmTotp'].map((id) => `${id} /code`),
])

const withBody = Object.entries(validRequests).filter(([, { body }]) => body !== undefined)
/** Those of files have their own: test/todos/import/. */
const requests = withBody.filter(([, { takesFile }]) => !takesFile)

it('tests every operation that takes a body', async () => {
  const { operations } = await readDocument()
  const takesBody = operations.filter(({ requestBody }) => requestBody).map(({ operationId }) => operationId)
  expect(withBody.map(([operationId]) => operationId).sort()).toEqual(takesBody.sort())
})

it('lets a body be left out for exactly these operations', async () => {
  const { operations } = await readDocument()
  const optional = operations.filter(({ requestBody }) => requestBody && !requestBody.required)
  expect(optional.map(({ operationId }) => operationId).sort()).toEqual([
    'beginPasskey',
    'beginPasskeyLogIn',
    'beginTotp',
    'createCalendarFeed',
    'createRecoveryCodes',
    'deleteEmail',
    'deleteMe',
    'deletePhone',
    'deleteTotp',
    'endOtherSessions',
    'endSession',
    'logOut',
    'refresh',
    'removePasskey',
    'unlinkIdentity',
  ])
})

/** What counts as no body at all. Clients send a type by themselves, or `Transfer-Encoding: chunked`. */
const noBodies: [name: string, body: () => unknown, headers: Record<string, string>][] = [
  ['no body', () => undefined, {}],
  ['no body, of type JSON', () => undefined, json],
  ['no bytes, of type JSON', () => '', json],
  ['no bytes, of the type of a form', () => '', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ['no bytes, of a type that is none', () => '', { 'Content-Type': ';' }],
  ['no chunk, of type JSON', () => streamed(new Uint8Array()), json],
  ['no chunk, of no type', () => streamed(new Uint8Array()), {}],
]

const { alice } = aliceAndBob()
const withoutRate = { BATCH_LIMIT: noLimit }

describe.each(someOf(requests, 6))('%s', (operationId, request) => {
  const maxBytes = operationId === 'batchTodos' ? 1_048_576 : 65_536
  const validText = () => JSON.stringify(request.body?.(alice()))

  /** Sends this body, exactly as it is. */
  const answered = async (body: unknown, headers: Record<string, string> = json) => {
    const client = withBindings(alice().client, withoutRate)
    const answer = await send(request, alice(), { client, headers, body })
    return { body, headers, status: answer.status, code: answer.body?.code, errors: answer.body?.errors }
  }

  const refuses = (name: string, act: () => Promise<void>) => it(`refuses ${name}`, () => expectNoChanges(act))

  refuses('a body of another content type or of none', async () => {
    for (const type of [
      'text/plain',
      'text/plain; charset=application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/problem+json',
      'application/jsonx',
      'text/json',
      'text/plain, application/json',
      'application/json; charset=iso-8859-1',
      ...(request.method === 'PATCH' ? [] : ['application/merge-patch+json']),
    ]) {
      const answer = await answered(validText(), { 'Content-Type': type })
      expect({ type, ...answer }).toMatchObject({ type, status: 415, code: 'unsupported_media_type' })
    }
    expect(await answered(utf8.encode(validText()), {})).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  })

  refuses('a compressed body', async () => {
    const answer = await answered(validText(), { ...json, 'Content-Encoding': 'gzip' })
    expect(answer).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  })

  refuses('a body that is no JSON', async () => {
    for (const text of [' ', '{', '{"a":1}}', '{a:1}', "{'a':1}", 'undefined', '[1,]', '\0', '{"a":NaN}']) {
      expect(await answered(text)).toMatchObject({ status: 400, code: 'malformed_json' })
    }
  })

  refuses('JSON that is no object', async () => {
    for (const text of ['null', '[]', '[{}]', '"text"', '1', 'true']) {
      expect(await answered(text)).toMatchObject({
        status: 422,
        code: 'invalid_fields',
        errors: [{ path: '', code: 'wrong_type', message: expect.any(String) }],
      })
    }
  })

  it.each(noBodies)('accepts a request with %s only if the document says so', async (_, body, headers) => {
    const { operations } = await readDocument()
    const { requestBody } = operations.find((operation) => operation.operationId === operationId) ?? {}
    await request.prepare?.(alice())
    const before = await dump()
    const answer = await answered(body(), headers)
    if (requestBody?.required) {
      const errors = [{ path: '', code: 'required', message: 'A body is required' }]
      expect(answer).toMatchObject({ status: 422, code: 'invalid_fields', errors })
      expect(await dump()).toEqual(before)
    } else {
      expect(answer.status).toBeLessThan(300)
    }
  })

  refuses('an unknown field of any name', async () => {
    const names = [
      'isAdmin',
      'userId',
      'passwordHash',
      'email',
      '',
      '__proto__',
      'constructor',
      'prototype',
      'toString',
    ]
    const start = validText() === '{}' ? '{' : `${validText().slice(0, -1)},`
    for (const name of names) {
      expect(await answered(`${start}${JSON.stringify(name)}:{"isAdmin":true}}`)).toMatchObject({
        status: 422,
        code: 'invalid_fields',
        errors: [{ path: `/${name}`, code: 'unknown_field', message: expect.any(String) }],
      })
    }
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined()
  })

  it.each([
    ['at once', 'Application/JSON; charset=utf-8', (text: string) => text],
    ['in chunks', 'application/json', (text: string) => streamed(utf8.encode(text))],
  ])('accepts a body of the greatest size %s, with type %s', async (_, type, form) => {
    await request.prepare?.(alice())
    const text = validText().padEnd(maxBytes)
    expect(utf8.encode(text).byteLength).toBe(maxBytes)
    expect((await answered(form(text), { 'Content-Type': type })).status).toBeLessThan(300)
  })

  refuses('a body of one byte more, with or without a Content-Length', async () => {
    const text = validText().padEnd(maxBytes + 1)
    for (const body of [text, streamed(utf8.encode(text)), streamed(new Uint8Array(10 * maxBytes))]) {
      expect(await answered(body)).toMatchObject({ status: 413, code: 'content_too_large' })
    }
  })

  refuses('a body that is not UTF-8', async () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const body = new Uint8Array([...utf8.encode('{"name":"'), ...bytes, ...utf8.encode('"}')])
      expect(await answered(body)).toMatchObject({ status: 400, code: 'malformed_json' })
    }
  })

  refuses('NUL and lone surrogates in any string', async () => {
    for (const value of ['NUL\0', '\ud800 high', 'low \udc00']) {
      for (const { pointer, field } of await fieldsHolding(value, operationId)) {
        if (guesses.has(`${operationId} ${pointer}`)) continue
        const answer = await answered(JSON.stringify({ ...request.body?.(alice()), ...field }))
        expect(answer).toMatchObject({ status: 422, errors: [{ path: pointer }] })
      }
    }
  })
})

describe.each(
  someOf(
    Object.entries(validRequests).filter(([, { method, body }]) => method !== 'GET' && body === undefined),
    3,
  ),
)('%s, which takes no body', (_, request) => {
  it.each(noBodies)('accepts a request with %s', async (_, body, headers) => {
    await request.prepare?.(alice())
    const client = withBindings(alice().client, withoutRate)
    expect((await send(request, alice(), { client, headers, body: body() })).status).toBeLessThan(300)
  })
})
