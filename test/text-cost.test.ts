import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { consoleRoutes } from '../src/console/console.routes'
import { Browser } from './console/browser'
import { readTargets, type Target } from './fuzz/requests'
import type { Schema, Schemas } from './fuzz/values'
import { aliceAndBob } from './helpers/alice-and-bob'
import { Client, ORIGIN } from './helpers/client'
import { HOSTILE_PARTS, repeatTo, unsortedMarks } from './helpers/hostile-text'
import { urlOf } from './helpers/requests'
import { someOf } from './helpers/some-of'

/* Whatever is typed and wherever it is sent, text costs what its length costs. */

const MAX_MARKS = 30
/** The longest text that anything looks at: a description, decomposed. */
const MAX_UNITS = 40_000

const { alice } = aliceAndBob()
const { targets } = await readTargets()

/** What was normalised since the test began. */
let normalized: string[] = []

beforeEach(() => {
  normalized = []
  const { normalize } = String.prototype
  vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form) {
    normalized.push(String(this))
    return normalize.call(this, form)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

const longestRun = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/\p{M}+/gu)].map(([run]) => [...run].length))

/** Does something with a text, and checks what was normalised meanwhile. */
async function expectFewNormalized(sentUnits: number, act: () => Promise<unknown>): Promise<void> {
  normalized = []
  await act()
  const given = normalized
  expect(Math.max(0, ...given.map(longestRun))).toBeLessThanOrEqual(MAX_MARKS)
  expect(Math.max(0, ...given.map(({ length }) => length))).toBeLessThanOrEqual(MAX_UNITS)
  // Once as a field, once more in the form that is searched, and at most three times as long then.
  expect(given.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(4 * sentUnits)
}

/** A part again and again, up to a length near some limit, perhaps with another part before or behind it. */
const hostileTexts: fc.Arbitrary<string> = fc
  .record({
    part: fc.constantFrom(...HOSTILE_PARTS),
    units: fc.constantFrom(6, 30, 31, 32, 128, 200, 320, 1000, 1024, 1280, 2000, 10_000, 20_000, 40_000, 60_000),
    before: fc.constantFrom('', ...HOSTILE_PARTS),
    after: fc.constantFrom('', ...HOSTILE_PARTS),
  })
  .map(({ part, units, before, after }) => before + repeatTo(part, units) + after)

/** A body that has `text` wherever the schema takes one. */
function bodyWith(text: string, schema: Schema | undefined, schemas: Schemas): unknown {
  if (typeof schema !== 'object') return text
  if (schema.$ref !== undefined) return bodyWith(text, schemas[schema.$ref.split('/').at(-1) ?? ''], schemas)
  const [first] = schema.anyOf ?? schema.oneOf ?? []
  if (first !== undefined) return bodyWith(text, first, schemas)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, part]) => [name, bodyWith(text, part, schemas)]),
      )
    case 'array': {
      const items = [schema.items].flat()[0]
      const kinds = typeof items === 'object' ? (items.oneOf ?? items.anyOf ?? [items]) : [items]
      return kinds.map((kind) => bodyWith(text, kind, schemas))
    }
    case 'boolean':
      return true
    case 'integer':
      return 1
    default:
      return schema['example'] !== undefined && schema.format === 'uuid' ? schema['example'] : text
  }
}

const bodyOf = ({ requestBody, schemas }: Target, text: string): string =>
  JSON.stringify(bodyWith(text, requestBody?.content['application/json']?.schema, schemas))

/** Gives a client Alice's cookies. */
function signIn(client: Client): void {
  for (const [name, value] of alice().client.cookies) client.cookies.set(name, value)
}

/** Sends a request of an operation from a new address; signed in if the operation needs it. */
function sendTo(target: Target, { query = '', ...options }: { query?: string; body?: string; headers?: HeadersInit }) {
  const { valid } = target
  const client = new Client()
  if (valid.needsUser || valid.needsUserAsSent) signIn(client)
  const headers = { 'Content-Type': 'application/json', ...Object.fromEntries(new Headers(options.headers)) }
  return client.request(valid.method, urlOf(valid, alice()) + query, { ...options, headers })
}

const withBody = targets.filter(({ requestBody }) => requestBody)
const withQuery = targets.filter(({ described }) => described.some((parameter) => parameter.in === 'query'))

/** For each operation. The rules are the same for all, so together these are hundreds. */
const RUNS = 12

describe.each(someOf(withBody, 5))('$operationId', (target) => {
  it('normalises no more of its body than the rules for text allow', async () => {
    const property = fc.asyncProperty(hostileTexts, async (text) => {
      const body = bodyOf(target, text)
      await expectFewNormalized(body.length, () => sendTo(target, { body }))
    })
    await fc.assert(property, { numRuns: RUNS, seed: 20_261_125 })
  })
})

describe.each(someOf(withQuery, 5))('$operationId', (target) => {
  it('normalises no more of its query than the rules for text allow', async () => {
    const names = target.described.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
    const property = fc.asyncProperty(fc.constantFrom(...names), hostileTexts, async (name, text) => {
      const query = `?${new URLSearchParams({ [name]: text })}`
      await expectFewNormalized(query.length, () => sendTo(target, { query }))
    })
    await fc.assert(property, { numRuns: RUNS, seed: 20_261_125 })
  })
})

/** Every header that something reads. */
const HEADERS = [
  'Accept',
  'Accept-Language',
  'Authorization',
  'CF-Connecting-IP',
  'Content-Type',
  'Cookie',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Origin',
  'Sec-Fetch-Site',
  'User-Agent',
  'X-D1-Bookmark',
]

it('normalises no header', async () => {
  for (const name of HEADERS) {
    const property = fc.asyncProperty(fc.constantFrom(...targets), hostileTexts, async (target, text) => {
      const value = encodeURIComponent(text.toWellFormed()).slice(0, 16_000)
      normalized = []
      await sendTo(target, { headers: { [name]: value }, ...(target.requestBody && { body: '{}' }) })
      expect(normalized.filter((given) => given.includes(value))).toEqual([])
    })
    await fc.assert(property, { numRuns: 10, seed: 20_261_125 })
  }
})

/** The fields of all forms. A form leaves out those that it does not have. */
const FORM_FIELDS = [
  ...['recipient', 'code', 'resend', 'identifier', 'username', 'usernameBefore', 'password', 'newPassword', 'to'],
  ...[
    'currentPassword',
    'name',
    'nickname',
    'confirmed',
    'language',
    'contents',
    'key',
    'etag',
    'description',
    'priority',
  ],
  ...['isDone', 'labels', 'labelsBefore', 'due', 'dueBefore'],
]

const forms = [...new Set(consoleRoutes.routes.filter(({ method }) => method === 'POST').map(({ path }) => path))]

const urlOfForm = (path: string): string =>
  `${ORIGIN}/console${path.replace(/:contact\{[^}]*\}/, 'email').replace(/:id\{.*36\}\}/, alice().todo.id)}`

describe.each(someOf(forms, 5))('the form at %s', (path) => {
  it('normalises no more of a field than the rules for text allow', async () => {
    const { client } = new Browser()
    signIn(client)
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' }
    const property = fc.asyncProperty(hostileTexts, async (text) => {
      const fields = FORM_FIELDS.map((name) => [name, text.slice(0, 50_000 / FORM_FIELDS.length)])
      const body = String(new URLSearchParams(fields))
      await expectFewNormalized(body.length, () => client.request('POST', urlOfForm(path), { headers, body }))
    })
    await fc.assert(property, { numRuns: 6, seed: 20_261_125 })
  })
})

describe('the time that marks take', () => {
  const ROUNDS = 5
  /** Far above what is measured; without the limits it was hundreds of times as long. */
  const MAX_RATIO = 10
  const NOISE_MS = 60

  const median = (values: number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0

  async function timeOf(act: () => Promise<unknown>): Promise<number> {
    const started = performance.now()
    await act()
    return performance.now() - started
  }

  /** Compares what the two take, in turns. One turn is enough, unless something else kept the computer busy in it. */
  async function expectSimilar(plain: () => Promise<unknown>, hostile: () => Promise<unknown>): Promise<void> {
    const times: { plain: number[]; hostile: number[] } = { plain: [], hostile: [] }
    const isSimilar = () => median(times.hostile) < MAX_RATIO * median(times.plain) + NOISE_MS
    for (let round = 0; round < ROUNDS && (round === 0 || !isSimilar()); round++) {
      times.plain.push(await timeOf(plain))
      times.hostile.push(await timeOf(hostile))
    }
    expect({ ...times, isSimilar: isSimilar() }).toMatchObject({ isSimilar: true })
  }

  /** A text of `bytes` in UTF-8. */
  const texts = {
    plain: (bytes: number) => 'a'.repeat(bytes),
    hostile: (bytes: number) => unsortedMarks((bytes >> 1) - 1),
  }

  it.each(someOf(withBody, 8))('is about that of plain text in a body of $operationId', async (target) => {
    const strings = bodyOf(target, '\u0001').split('u0001').length - 1
    const room = 60_000 / Math.max(1, strings)
    const send = (text: string) => () => sendTo(target, { body: bodyOf(target, text) })
    await expectSimilar(send(texts.plain(room)), send(texts.hostile(room)))
  })

  it.each(someOf(withQuery, 6))('is about that of plain text in a query of $operationId', async (target) => {
    const names = target.described.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
    const send = (text: string) => () =>
      sendTo(target, { query: `?${new URLSearchParams(names.map((name) => [name, text]))}` })
    await expectSimilar(send(texts.plain(20_000)), send(texts.hostile(20_000)))
  })

  it.each(someOf(forms, 8))('is about that of plain text in the form at %s', async (path) => {
    const { client } = new Browser()
    signIn(client)
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' }
    // A form has room for two fields of this length, encoded.
    for (let at = 0; at < FORM_FIELDS.length; at += 2) {
      const names = FORM_FIELDS.slice(at, at + 2)
      const send = (text: string) => () => {
        const body = String(new URLSearchParams(names.map((name) => [name, text])))
        return client.request('POST', urlOfForm(path), { headers, body })
      }
      await expectSimilar(send(texts.plain(30_000)), send(texts.hostile(30_000)))
    }
  })

  it('is about that of plain text in a batch of texts with as many marks as they may have', async () => {
    const send = (text: string) => () => {
      const operations = Array.from({ length: 50 }, () => ({
        op: 'create',
        todo: { contents: 'x', description: text },
      }))
      return alice().client.post('/todos/batch', { operations })
    }
    await expectSimilar(send('가'.repeat(6000)), send(repeatTo(unsortedMarks(30), 9000)))
  })
})
