import { Answers, Errors } from './answers'
import { bodyOf, nameOf, type OpenApi, type Operation } from './document'
import { clientOf, curlOf, fetchOf, tokenOf } from './examples'
import { Prose } from './prose'
import { Field, WholeSchema } from './schema'

export const Method = ({ method }: { method: string }) => <b class={`method ${method}`}>{method.toUpperCase()}</b>

const SIGNED_IN = ['cookie', 'bearer', 'refreshCookie']
const OPERATORS = ['operator', 'access']

/** Who may send the request. */
function accessOf({ security }: Operation): string {
  const schemes = security.map((scheme) => Object.keys(scheme))
  const names = schemes.flat()
  if (names.some((name) => OPERATORS.includes(name))) return 'For operators'
  if (names.includes('outbox')) return 'With OUTBOX_TOKEN'
  if (!names.some((name) => SIGNED_IN.includes(name))) return 'For everybody'
  return schemes.some((scheme) => scheme.length === 0) ? 'Signed in or not' : 'Signed in'
}

interface OperationProps {
  document: OpenApi
  operation: Operation
}

/** One operation: what it does on the left, and examples on the right. */
export function OperationSection({ document, operation }: OperationProps) {
  const { operationId, method, path, summary, description, parameters = [] } = operation
  const body = bodyOf(operation)
  const isJson = body?.type.endsWith('json') ?? false
  return (
    <section
      class="operation"
      id={operationId}
      aria-labelledby={`${operationId}-name`}
      data-method={method.toUpperCase()}
      data-path={path}
      data-token={tokenOf(operation) && ''}
      data-type={body?.type}
      data-body={body && (isJson ? JSON.stringify(body.example, null, 2) : String(body.example))}
    >
      <h2 id={`${operationId}-name`}>
        <a href={`#${operationId}`}>{summary}</a>
      </h2>
      <p class="route">
        <Method method={method} /> <code>{path}</code> <span class="who">{accessOf(operation)}</span>
      </p>
      <div class="halves">
        <div>
          {description !== undefined && (
            <p>
              <Prose text={description} />
            </p>
          )}
          {parameters.length > 0 && (
            <>
              <h3>Parameters</h3>
              <dl class="fields">
                {parameters.map(({ name, schema, required, description: text, in: place }) => (
                  <Field
                    name={name}
                    schema={schema}
                    isAnswer={false}
                    isRequired={required}
                    place={place}
                    description={text}
                  />
                ))}
              </dl>
            </>
          )}
          <Body document={document} operation={operation} />
          <Answers operation={operation} />
          <Errors document={document} operation={operation} />
        </div>
        <div class="beside">
          <Examples operation={operation} />
        </div>
      </div>
    </section>
  )
}

function Body({ document, operation }: OperationProps) {
  const body = bodyOf(operation)
  if (!body) return null
  const { required = false, description, content = {} } = operation.requestBody ?? {}
  const schema = document.components.schemas[nameOf(body.schema) ?? ''] ?? body.schema
  return (
    <>
      <h3>Body{!required && ', which may be left out'}</h3>
      <p class="fact">
        {Object.keys(content).map((type, index) => (
          <>
            {index > 0 && ' or '}
            <code>{type}</code>
          </>
        ))}
      </p>
      {description !== undefined && (
        <p>
          <Prose text={description} />
        </p>
      )}
      <WholeSchema schema={schema} isAnswer={false} />
    </>
  )
}

/** Tabs that work without a script: a radio button shows the example beside it. */
function Examples({ operation }: { operation: Operation }) {
  const client = clientOf(operation)
  const examples = [
    ['curl', curlOf(operation)],
    ['fetch', fetchOf(operation)],
    ...(client === undefined ? [] : [['client', client] as const]),
  ] as const
  return (
    <fieldset class="examples">
      <legend>Example</legend>
      {examples.map(([name]) => (
        <label>
          <input
            type="radio"
            name={`${operation.operationId}-example`}
            value={name}
            checked={name === 'curl'}
            autocomplete="off"
          />
          {name === 'client' ? 'typed client' : name}
        </label>
      ))}
      {examples.map(([name, text]) => (
        <pre class={name}>{text}</pre>
      ))}
    </fieldset>
  )
}
