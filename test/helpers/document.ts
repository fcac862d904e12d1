import * as z from 'zod'
import { Client, ORIGIN } from './client'

/* The OpenAPI document, as a client reads it. */

const jsonSchema = z.custom<z.core.JSONSchema.JSONSchema>((value) => typeof value === 'object' && value !== null)
const exampleSchema = z.object({ summary: z.string().optional(), value: z.unknown() })
const contentSchema = z.record(
  z.string(),
  z.object({
    schema: jsonSchema,
    examples: z.record(z.string(), z.union([z.object({ $ref: z.string() }), exampleSchema])),
  }),
)
const problemSchema = z.object({
  properties: z.object({
    status: z.object({ enum: z.tuple([z.int()]) }),
    code: z.object({ enum: z.array(z.string()).min(1) }),
  }),
})

const operationSchema = z.object({
  operationId: z.string().min(1),
  summary: z.string().min(1),
  tags: z.array(z.string()).min(1),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.object({ in: z.string(), name: z.string(), required: z.boolean() })).default([]),
  requestBody: z.object({ required: z.boolean(), content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string().min(1), content: contentSchema.optional() })),
})

const documentSchema = z.object({
  openapi: z.string(),
  tags: z.array(z.object({ name: z.string() })),
  components: z.object({
    schemas: z.record(z.string(), jsonSchema),
    examples: z.record(z.string(), exampleSchema),
    securitySchemes: z.record(z.string(), z.unknown()),
  }),
  paths: z.record(
    z.string(),
    z.record(z.enum(['get', 'post', 'put', 'patch', 'delete']).or(z.string()), operationSchema),
  ),
})

export type Document = z.output<typeof documentSchema>
export type Operation = z.output<typeof operationSchema> & { method: string; path: string }

let read: ReturnType<typeof parseDocument> | undefined

/** The document, and all its operations in one list. It is the same for all tests, so it is read once. */
export function readDocument(): ReturnType<typeof parseDocument> {
  read ??= parseDocument()
  return read
}

async function parseDocument(): Promise<{ document: Document; operations: Operation[] }> {
  const document = documentSchema.parse((await new Client().get(`${ORIGIN}/openapi.json`)).body)
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  )
  return { document, operations }
}

/** Whether the operation needs a signed-in user: every way to authenticate is the access token. */
export const needsUser = ({ security }: Operation): boolean =>
  security.length > 0 && security.every((scheme) => 'cookie' in scheme || 'bearer' in scheme)

/** The problems that the document lists for an operation: `['401 unauthenticated', …]`. */
export const documentedProblems = ({ responses }: Operation): string[] =>
  Object.entries(responses).flatMap(([status, { content }]) => {
    const schema = content?.['application/problem+json']?.schema
    if (!schema) return []
    return problemSchema.parse(schema).properties.code.enum.map((code) => `${status} ${code}`)
  })

type Content = z.output<typeof contentSchema>[string]

/** The examples of a body, by name. An example is written out, or refers to one of the components. */
export const examplesOf = ({ components }: Document, { examples }: Content): [string, unknown][] =>
  Object.entries(examples).map(([name, example]) => {
    if (!('$ref' in example)) return [name, example.value]
    return [name, components.examples[example.$ref.replace('#/components/examples/', '')]?.value]
  })

/** A validator for a schema of the document. It refuses members that the schema does not name: answers show nothing else. */
export function compileSchema(document: Document, schema: z.core.JSONSchema.JSONSchema): z.ZodType {
  const closed = JSON.stringify({ ...schema, $defs: document.components.schemas }, (key, value: unknown) => {
    // zod would accept only absolute URLs.
    if (key === 'format' && value === 'uri-reference') return undefined
    return isObjectSchema(value) ? { additionalProperties: false, ...value } : value
  })
  return z.fromJSONSchema(JSON.parse(closed.replaceAll('#/components/schemas/', '#/$defs/')))
}

const isObjectSchema = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'object' && 'properties' in value
