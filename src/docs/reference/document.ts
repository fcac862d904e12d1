/* What the reference reads of the OpenAPI document. */

export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  additionalProperties?: boolean | Schema
  enum?: unknown[]
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minimum?: number
  maximum?: number
  default?: unknown
  example?: unknown
}

export interface Content {
  schema?: Schema
  examples?: Record<string, { value?: unknown; $ref?: string }>
}

export interface Parameter {
  name: string
  in: string
  required: boolean
  description?: string
  schema: Schema
}

export interface Answer {
  description: string
  headers?: Record<string, { description?: string; example?: unknown }>
  content?: Record<string, Content>
}

export interface DocumentedOperation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  security: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { required?: boolean; description?: string; content: Record<string, Content> }
  responses: Record<string, Answer>
}

export interface Operation extends DocumentedOperation {
  method: string
  path: string
  tag: string
}

export interface OpenApi {
  info: { title: string; description: string }
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, DocumentedOperation>>
  components: {
    schemas: Record<string, Schema>
    examples: Record<string, { summary: string; value: { status: number } }>
    securitySchemes: Record<string, { description: string }>
  }
}

const PROBLEM = 'application/problem+json'

const tagOf = ({ tags: [tag = ''] }: DocumentedOperation): string => tag

/** All operations, by tag. */
export function operationsOf({ paths, tags }: OpenApi): Operation[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path, tag: tagOf(operation) })),
  )
  return tags.flatMap(({ name }) => inReadingOrder(all.filter(({ tag }) => tag === name)))
}

/** What makes and lists comes first. In the document it may be last, because routers take the first path that fits. */
function inReadingOrder(operations: Operation[]): Operation[] {
  const root = operations.map(({ path }) => path).sort((a, b) => a.length - b.length)[0]
  const first = operations.filter(({ path }) => path === root)
  if (first.length < 2) return operations
  return [...first, ...operations.filter(({ path }) => path !== root)]
}

/** The name of the object that a schema refers to. */
export const nameOf = ({ $ref }: Schema): string | undefined => $ref?.split('/').at(-1)

/** The error codes that an operation answers with, with their statuses. */
export const errorsOf = ({ responses }: Operation): { status: string; errorCode: string }[] =>
  Object.entries(responses).flatMap(([status, { content }]) =>
    Object.keys(content?.[PROBLEM]?.examples ?? {}).map((errorCode) => ({ status, errorCode })),
  )

/** The answers that are no errors. */
export const successesOf = ({ responses }: Operation): [status: string, Answer][] =>
  Object.entries(responses).filter(([, { content }]) => content?.[PROBLEM] === undefined)

/** The type and the example of the body of a request. A merge patch is JSON, and has the same example under both of its names. */
export function bodyOf({ requestBody }: Operation): { type: string; schema: Schema; example: unknown } | undefined {
  const [entry] = Object.entries(requestBody?.content ?? {})
  if (!entry) return
  const [type, { schema = {}, examples = {} }] = entry
  return { type, schema, example: Object.values(examples)[0]?.value ?? schema.example }
}

/** Every schema inside a schema, itself first, but not the objects that it names. */
export function partsOf(schema: Schema): Schema[] {
  const { properties = {}, items, anyOf = [], oneOf = [], additionalProperties } = schema
  const more = typeof additionalProperties === 'object' ? [additionalProperties] : []
  const inside = [...Object.values(properties), ...(items ? [items] : []), ...anyOf, ...oneOf, ...more]
  return [schema, ...inside.flatMap(partsOf)]
}

/** The names of all objects that these schemas refer to, directly or through another object. */
export function objectsIn(document: OpenApi, schemas: Schema[]): string[] {
  const names = new Set<string>()
  const add = (schema: Schema) => {
    for (const part of partsOf(schema)) {
      const name = nameOf(part)
      if (name === undefined || names.has(name)) continue
      names.add(name)
      add(document.components.schemas[name] ?? {})
    }
  }
  for (const schema of schemas) add(schema)
  return [...names].sort()
}

/** The objects in the bodies of some operations. */
export const inputsOf = (document: OpenApi, operations: Operation[]): string[] =>
  objectsIn(
    document,
    operations.map((operation) => bodyOf(operation)?.schema ?? {}),
  )

/** The objects of the requests and answers of some operations, errors apart. */
export const objectsOf = (document: OpenApi, operations: Operation[]): string[] =>
  objectsIn(
    document,
    operations.flatMap((operation) => [
      bodyOf(operation)?.schema ?? {},
      ...successesOf(operation).flatMap(([, { content = {} }]) =>
        Object.values(content).map(({ schema }) => schema ?? {}),
      ),
    ]),
  )
