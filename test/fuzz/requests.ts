import * as fc from 'fast-check'
import * as z from 'zod'
import { Client, ORIGIN } from '../helpers/client'
import { type Document, type Operation, readDocument } from '../helpers/document'
import { type Owner, type ValidRequest, validRequests } from '../helpers/requests'
import { bytesOf, corruptions } from './bytes'
import { headersOf } from './headers'
import { damagedText, damages } from './json'
import { awkwardNames, awkwardStrings, NAME, type Schema, type Schemas, sometimes, VALUE, valuesOf } from './values'

/* Requests to an operation, made from the document and then damaged. */

export interface FuzzRequest {
  method: string
  url: string
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer> | undefined
  /** Whether the request has a valid token. */
  isSignedIn: boolean
}

const schema = z.custom<Schema>((value) => typeof value === 'boolean' || (typeof value === 'object' && value !== null))
const parametersSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ parameters: z.array(z.object({ in: z.string(), name: z.string(), schema })).default([]) }),
    ),
  ),
})

type Parameter = z.output<typeof parametersSchema>['paths'][string][string]['parameters'][number]

/** An operation, the schemas of its parameters, and a valid request. */
export interface Target extends Operation {
  schemas: Schemas
  described: Parameter[]
  valid: ValidRequest
}

/** Every operation of the document. */
export async function readTargets(): Promise<{ document: Document; targets: Target[] }> {
  const { document, operations } = await readDocument()
  const { paths } = parametersSchema.parse((await new Client().get(`${ORIGIN}/openapi.json`)).body)
  const targets = operations.map((operation) => {
    const valid = validRequests[operation.operationId]
    const described = paths[operation.path]?.[operation.method.toLowerCase()]?.parameters ?? []
    if (!valid) throw new Error(`There is no valid request of ${operation.operationId}`)
    return { ...operation, schemas: document.components.schemas, described, valid }
  })
  return { document, targets }
}

/** The sender of a request, and another user whose objects it may name. */
export interface People {
  owner: () => Owner
  other: () => Owner
}

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'] as const
const withoutBody: readonly string[] = ['GET', 'HEAD', 'TRACE']

export const requestsOf = (target: Target, people: People): fc.Arbitrary<FuzzRequest> =>
  fc
    .record({
      method: sometimes(fc.constantFrom(...METHODS), 15).map((other) => other ?? target.method),
      path: pathsOf(target, people),
      query: queriesOf(target),
      body: bodiesOf(target, people),
      signed: headersOf(people.owner),
    })
    .map(({ method, path, query, body: given, signed: { headers, isSignedIn } }) => {
      const body = withoutBody.includes(method) ? undefined : given
      const type = body && { 'Content-Type': 'application/json' }
      return {
        method,
        url: `${ORIGIN}${path}${query}`,
        headers: { ...type, ...target.valid.headers, ...headers },
        body,
        isSignedIn,
      }
    })

const segments = [
  '%00',
  '%ff',
  '%',
  '%2F',
  '%2e%2e',
  '..',
  '%25',
  '%E2%82',
  '%F0%9F%98%80',
  '*',
  ':id',
  '{id}',
  '%0d%0a',
]

const pathDamages = fc.constantFrom<(path: string, at: number) => string>(
  (path) => `/${path}`,
  (path) => `${path}/`,
  (path, at) => `/${path.slice(1, at % path.length)}//${path.slice(at % path.length)}`,
  (path) => `/${path.slice(1).replace('/', '%2F')}`,
  (path) => `/${path.slice(1).replace('/', '\\')}`,
  (path) => `${path}/..${path}`,
  (path) => `${path}%00`,
  (path) => `${path}%ff`,
  (path) => `${path}%`,
  (path) => `${path};${NAME}=${VALUE}`,
  (path) => `${path}.json`,
  (path) => `${path}/${VALUE}`,
  (path) => path.toUpperCase(),
  (path) => path.replaceAll(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => `${path}/${'x/'.repeat(500)}`,
)

function pathsOf({ path, described, schemas, valid }: Target, { owner, other }: People): fc.Arbitrary<string> {
  const inPath = described.filter((parameter) => parameter.in === 'path')
  const values = inPath.map((parameter) =>
    fc.oneof(
      { weight: 8, arbitrary: fc.constant(owner).map((whose) => valid.parameter?.(whose()) ?? '') },
      { weight: 1, arbitrary: fc.constant(other).map((whose) => valid.parameter?.(whose()) ?? '') },
      { weight: 2, arbitrary: valuesOf(parameter.schema, schemas).map((value) => encode(String(value))) },
      { weight: 2, arbitrary: fc.constantFrom(...segments, ...segments.map((segment) => VALUE + segment)) },
      { weight: 2, arbitrary: fc.oneof(awkwardStrings, awkwardNames).map(encode) },
    ),
  )
  return fc
    .tuple(fc.tuple(...values), sometimes(pathDamages, 10), fc.nat())
    .map(([given, damage = (whole: string) => whole, at]) =>
      damage(
        inPath.reduce((whole, { name }, index) => whole.replace(`{${name}}`, () => given[index] ?? ''), path),
        at,
      ),
    )
}

const encode = (text: string): string => encodeURIComponent(text.toWellFormed())

const pieces = [
  '',
  '=',
  '%',
  '%00=%00',
  '%ff=%ff',
  `__proto__=${VALUE}`,
  `__proto__[${NAME}]=${VALUE}`,
  `constructor.prototype.${NAME}=${VALUE}`,
  `${NAME}=${VALUE}`,
  `access_token=${VALUE}`,
  `${NAME}=${'x'.repeat(5000)}`,
  '+&+=+;a=b',
]

function queriesOf({ described, schemas }: Target): fc.Arbitrary<string> {
  const declared = described
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, schema }) => {
      const good = valuesOf(schema, schemas).map((value) => `${name}=${encode(String(value))}`)
      const odd = awkwardStrings.map((text) => `${name}=${encode(text)}`)
      const bare = fc.constantFrom(name, `${name}=`, `${name}[]=${VALUE}`, `${name}=%ff${VALUE}`, `${name}=%`)
      return fc.oneof({ weight: 4, arbitrary: good }, { weight: 2, arbitrary: odd }, { weight: 1, arbitrary: bare })
    })
  const undeclared = fc.constantFrom(...pieces)
  const given = declared.length === 0 ? sometimes(undeclared, 8) : fc.oneof(...declared, ...declared, undeclared)
  return fc
    .array(given, { maxLength: declared.length === 0 ? 1 : 4 })
    .map((all) => all.filter((piece) => piece !== undefined))
    .map((all) => (all.length === 0 ? '' : `?${all.join('&')}`))
}

/** An object with only some of its members. */
const someOf = (objects: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc
    .tuple(objects, fc.nat({ max: 255 }))
    .map(([object, which]) =>
      Object.fromEntries(Object.entries(object ?? {}).filter((_, at) => (which >> (at % 8)) & 1)),
    )

function bodiesOf(
  { requestBody, schemas, valid }: Target,
  { owner, other }: People,
): fc.Arbitrary<Uint8Array<ArrayBuffer> | undefined> {
  const schema = requestBody?.content['application/json']?.schema
  const made = schema ? valuesOf(schema, schemas) : fc.jsonValue()
  const values = fc.oneof(
    { weight: 4, arbitrary: fc.constant(owner).map((whose): unknown => valid.body?.(whose()) ?? {}) },
    { weight: 1, arbitrary: fc.constant(other).map((whose): unknown => valid.body?.(whose()) ?? {}) },
    { weight: 3, arbitrary: made },
    { weight: 4, arbitrary: someOf(made).map((some): unknown => ({ ...valid.body?.(owner()), ...some })) },
  )
  const body = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(values, damages).map(([value, all]) => bytesOf(damagedText(value, all))) },
    { weight: 1, arbitrary: fc.tuple(values, corruptions).map(([value, corrupt]) => corrupt(JSON.stringify(value))) },
  )
  const [present, absent] = requestBody ? [20, 1] : [1, 5]
  return fc.oneof({ weight: present, arbitrary: body }, { weight: absent, arbitrary: fc.constant(undefined) })
}
