import { nameOf, type Schema } from './document'
import { Prose } from './prose'

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const typesOf = ({ type, properties }: Schema): string[] =>
  typeof type === 'string' ? [type] : (type ?? (properties ? ['object'] : ['any value']))

/** The type in words, with links to objects that have a place of their own. */
export function TypeName({ schema }: { schema: Schema }) {
  const name = nameOf(schema)
  if (name !== undefined) return <a href={`#${name}`}>{name}</a>
  const variants = schema.anyOf ?? schema.oneOf
  if (variants) {
    return (
      <>
        {variants.map((variant, index) => (
          <>
            {index > 0 && ' or '}
            <TypeName schema={variant} />
          </>
        ))}
      </>
    )
  }
  const { items, format } = schema
  if (items) {
    return (
      <>
        array of <TypeName schema={items} />
        {typesOf(schema).includes('null') && ' or null'}
      </>
    )
  }
  const words = typesOf(schema).join(' or ')
  return <>{format === undefined ? words : `${words}, ${format}`}</>
}

const range = (least: number | undefined, most: number | undefined, unit: string): string[] => {
  if (least === undefined && most === undefined) return []
  if (most === undefined) return [`at least ${least}${unit}`]
  return [least === undefined ? `at most ${most}${unit}` : `${least}–${most}${unit}`]
}

/** What a value may be, beyond its type. */
function limitsOf(schema: Schema): string[] {
  return [
    ...range(schema.minLength, schema.maxLength, ' characters'),
    ...range(schema.minItems, schema.maxItems, ' items'),
    ...range(schema.minimum, schema.maximum, ''),
    ...(schema.uniqueItems === true ? ['no duplicates'] : []),
  ]
}

/** Limits, allowed values, default and example. */
function Facts({ schema }: { schema: Schema }) {
  const { items } = schema
  const limits = [...limitsOf(schema), ...(items ? limitsOf(items).map((limit) => `each ${limit}`) : [])]
  const values = schema.enum ?? items?.enum ?? []
  const { pattern, default: value, example } = schema
  return (
    <>
      {limits.length > 0 && <p class="fact">{limits.join('; ')}</p>}
      {values.length > 0 && (
        <p class="fact">
          {values.length > 1 ? 'One of ' : 'Always '}
          {values.map((one, index) => (
            <>
              {index > 0 && ', '}
              <code>{asText(one)}</code>
            </>
          ))}
        </p>
      )}
      {pattern !== undefined && <Fact name="Matches" value={pattern} />}
      {value !== undefined && <Fact name="Default" value={value} />}
      {example !== undefined && example !== null && <Fact name="Such as" value={example} />}
    </>
  )
}

const Fact = ({ name, value }: { name: string; value: unknown }) => (
  <p class="fact">
    {name} <code>{asText(value)}</code>
  </p>
)

interface SchemaProps {
  schema: Schema
  /** An answer has nearly all of its fields always, so it names those that may be absent. A request names those that it needs. */
  isAnswer: boolean
}

interface FieldProps extends SchemaProps {
  name: string
  isRequired: boolean
  /** Where a parameter is: in the path, the query or a header. */
  place?: string
  description?: string | undefined
}

/** One row of a table: what a field or a parameter is called, what it may be and what it means. */
export function Field({ name, schema, isAnswer, isRequired, place, description = schema.description }: FieldProps) {
  return (
    <div data-in={place}>
      <dt>
        <code>{name}</code> <Presence isAnswer={isAnswer} isRequired={isRequired} />
        <span class="type">
          <TypeName schema={schema} />
          {place !== undefined && ` · ${place}`}
        </span>
      </dt>
      <dd>
        {description !== undefined && (
          <p>
            <Prose text={description} />
          </p>
        )}
        <Facts schema={schema} />
        <Inside schema={schema} isAnswer={isAnswer} />
      </dd>
    </div>
  )
}

function Presence({ isAnswer, isRequired }: { isAnswer: boolean; isRequired: boolean }) {
  if (isAnswer) return isRequired ? null : <span class="type">may be absent</span>
  return isRequired ? <b class="must">required</b> : null
}

/** The fields of an object that has no name of its own. */
function Inside({ schema, isAnswer }: SchemaProps) {
  const { items, anyOf, oneOf, properties, additionalProperties } = schema
  if (properties) return <Fields schema={schema} isAnswer={isAnswer} />
  if (items) return <Inside schema={items} isAnswer={isAnswer} />
  if (typeof additionalProperties === 'object') return <Inside schema={additionalProperties} isAnswer={isAnswer} />
  const variants = (anyOf ?? oneOf ?? []).filter((variant) => variant.properties ?? variant.enum)
  return (
    <>
      {variants.map((variant) => (
        <Variant schema={variant} isAnswer={isAnswer} />
      ))}
    </>
  )
}

const Variant = ({ schema, isAnswer }: SchemaProps) => (
  <div class="variant">
    {schema.description !== undefined && (
      <p>
        <Prose text={schema.description} />
      </p>
    )}
    <Facts schema={schema} />
    {schema.properties && <Fields schema={schema} isAnswer={isAnswer} />}
  </div>
)

/** The fields of an object, as a table that also fits a phone. */
export const Fields = ({ schema: { properties = {}, required = [] }, isAnswer }: SchemaProps) => (
  <dl class="fields">
    {Object.entries(properties).map(([name, field]) => (
      <Field name={name} schema={field} isAnswer={isAnswer} isRequired={required.includes(name)} />
    ))}
  </dl>
)

/** A whole schema: its fields, its variants, or its type. */
export function WholeSchema({ schema, isAnswer }: SchemaProps) {
  if (schema.properties) return <Fields schema={schema} isAnswer={isAnswer} />
  return (
    <>
      <p class="type">
        <TypeName schema={schema} />
      </p>
      {nameOf(schema) === undefined && (
        <>
          <Facts schema={schema} />
          <Inside schema={schema} isAnswer={isAnswer} />
        </>
      )}
    </>
  )
}
