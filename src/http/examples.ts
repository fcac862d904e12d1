/* Makes the examples of the OpenAPI document from its schemas. */

/** The parts of a JSON Schema that examples are made from. */
export interface Schema {
  $ref?: string
  description?: string
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

/** The schemas of the document, by name. */
export type Schemas = Record<string, Schema>

const exampleByFormat: Record<string, string> = {
  uuid: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10',
  'date-time': '2026-12-24T18:00:00.000Z',
}

const nameOf = ({ $ref = '' }: Schema): string => $ref.slice($ref.lastIndexOf('/') + 1)

const resolve = (schema: Schema, schemas: Schemas): Schema => schemas[nameOf(schema)] ?? schema

/** The alternatives of a schema, or the schema itself if it has none. */
const alternativesOf = (schema: Schema, schemas: Schemas): Schema[] => {
  const { anyOf, oneOf } = resolve(schema, schemas)
  return anyOf ?? oneOf ?? [schema]
}

/** The value that a schema itself gives, if any. */
const givenValue = ({ example, default: defaultValue }: Schema): unknown => example ?? defaultValue

function exampleOf(reference: Schema, schemas: Schemas): unknown {
  const schema = resolve(reference, schemas)
  const example = givenValue(schema) ?? schema.enum?.[0]
  if (example !== undefined) return example
  const types = [schema.type].flat()
  if (types.includes('null')) return null
  switch (types[0]) {
    case 'object':
      return exampleObject(schema, schemas)
    case 'array':
      return alternativesOf(schema.items ?? {}, schemas).map((item) => exampleOf(item, schemas))
    case 'boolean':
      return false
    case 'integer':
      return 1
    default:
      return exampleByFormat[schema.format ?? ''] ?? 'text'
  }
}

/** Shows the required properties, and the optional ones that give a value themselves. */
function exampleObject({ properties = {}, required = [] }: Schema, schemas: Schemas) {
  const shown = Object.entries(properties).filter(
    ([name, property]) => required.includes(name) || givenValue(property) !== undefined,
  )
  return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property, schemas)]))
}

/** The `examples` of a body: one for each alternative of its schema. */
export function examplesOf(schema: Schema, schemas: Schemas) {
  const entries = alternativesOf(schema, schemas).map((alternative) => [
    nameOf(alternative) || 'example',
    { value: exampleOf(alternative, schemas) },
  ])
  return { examples: Object.fromEntries(entries) }
}
