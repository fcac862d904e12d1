/* Examples for the OpenAPI document, made from its schemas. */

/** What of a JSON Schema tells what a value may look like. */
export interface Schema {
  $ref?: string
  example?: unknown
  default?: unknown
  enum?: unknown[]
  type?: string | string[]
  format?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
}

/** The schemas of the document by their names. */
export type Schemas = Record<string, Schema>

const byFormat: Record<string, string> = {
  uuid: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10',
  'date-time': '2026-12-24T18:00:00.000Z',
}

const nameOf = ({ $ref = '' }: Schema): string => $ref.slice($ref.lastIndexOf('/') + 1)

const resolve = (schema: Schema, schemas: Schemas): Schema => schemas[nameOf(schema)] ?? schema

const kindsOf = (schema: Schema, schemas: Schemas): Schema[] => {
  const { anyOf, oneOf } = resolve(schema, schemas)
  return anyOf ?? oneOf ?? [schema]
}

/** What a schema says that a value is, where it says so. */
const said = ({ example, default: usual }: Schema): unknown => example ?? usual

function exampleOf(reference: Schema, schemas: Schemas): unknown {
  const schema = resolve(reference, schemas)
  const example = said(schema) ?? schema.enum?.[0]
  if (example !== undefined) return example
  const [type, orNull] = [schema.type].flat()
  if (orNull === 'null') return null
  switch (type) {
    case 'object':
      return exampleObject(schema, schemas)
    case 'array':
      return kindsOf(schema.items ?? {}, schemas).map((kind) => exampleOf(kind, schemas))
    case 'boolean':
      return false
    case 'integer':
      return 1
    default:
      return byFormat[schema.format ?? ''] ?? 'text'
  }
}

/** What may be left out is, unless it says what it would be. */
function exampleObject({ properties = {}, required = [] }: Schema, schemas: Schemas) {
  const shown = Object.entries(properties).filter(
    ([name, property]) => required.includes(name) || said(property) !== undefined,
  )
  return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property, schemas)]))
}

/** The examples of a body, as its media type has them: one of each kind that it may be of. */
export function examplesOf(schema: Schema, schemas: Schemas) {
  const named = kindsOf(schema, schemas).map((kind) => [nameOf(kind) || 'example', { value: exampleOf(kind, schemas) }])
  return { examples: Object.fromEntries(named) }
}
