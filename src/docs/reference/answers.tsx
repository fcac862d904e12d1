import { type Answer, errorsOf, type OpenApi, type Operation, successesOf } from './document'
import { Prose } from './prose'
import { WholeSchema } from './schema'

export const Answers = ({ operation }: { operation: Operation }) => (
  <>
    <h3>Answers</h3>
    {successesOf(operation).map(([status, answer]) => (
      <OneAnswer status={status} answer={answer} />
    ))}
  </>
)

function OneAnswer({
  status,
  answer: { description, headers = {}, content = {} },
}: {
  status: string
  answer: Answer
}) {
  return (
    <div class="answer">
      <p>
        <b class="status">{status}</b> <Prose text={description} />
      </p>
      {Object.entries(headers).map(([name, header]) => (
        <p class="fact">
          <code>{name}</code> <Prose text={header.description ?? ''} />
        </p>
      ))}
      {Object.entries(content).map(([type, { schema = {}, examples = {} }]) => (
        <>
          {type !== 'application/json' && (
            <p class="fact">
              <code>{type}</code>
            </p>
          )}
          <WholeSchema schema={schema} isAnswer />
          {Object.values(examples).map(({ value }) => (
            <details>
              <summary>Example</summary>
              <pre>{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
            </details>
          ))}
        </>
      ))}
    </div>
  )
}

export function Errors({ document, operation }: { document: OpenApi; operation: Operation }) {
  const errors = errorsOf(operation)
  if (errors.length === 0) return null
  return (
    <details class="errors">
      <summary>
        <h3>Errors</h3>
      </summary>
      <ul>
        {errors.map(({ status, errorCode }) => (
          <li>
            <b class="status">{status}</b>{' '}
            <a href={`/docs/errors#${errorCode}`}>
              <code>{errorCode}</code>
            </a>{' '}
            {document.components.examples[errorCode]?.summary}
          </li>
        ))}
      </ul>
    </details>
  )
}
