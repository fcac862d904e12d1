import { ERRORS_PAGE, slugOf } from '../tags'
import { errorsOf, inputsOf, type OpenApi, type Operation, objectsOf, operationsOf } from './document'
import { toPage } from './layout'
import { Method, OperationSection } from './operation'
import { Prose } from './prose'
import { WholeSchema } from './schema'

const linkOf = ({ tag, operationId }: Operation): string => `/docs/${slugOf(tag)}#${operationId}`

/** Where a reader comes in: how to send a first request, and every operation in one list. */
export function overviewPage(document: OpenApi): string {
  const operations = operationsOf(document)
  return toPage({
    document,
    page: '',
    title: 'Overview',
    children: (
      <>
        <h1>The API</h1>
        <p class="lead">
          Sign-in and to-dos at the edge. Bodies are JSON, times are ISO 8601 in UTC, and errors are problem details
          (RFC 9457) with a <a href={`/docs/${ERRORS_PAGE}`}>stable code</a>.
        </p>
        <p>
          A browser sends the cookie of its session by itself: <a href="/console/sign-in">sign in</a>, and try every
          operation out on its page. Other programs log in with <code>"tokens": "body"</code>, and send the{' '}
          <code>accessToken</code> as <code>Authorization: Bearer</code>. For generators of clients there is{' '}
          <a href="/openapi.json">the OpenAPI document</a>.
        </p>
        {document.tags.map(({ name, description }) => (
          <section class="group" aria-labelledby={slugOf(name)}>
            <h2 id={slugOf(name)}>
              <a href={`/docs/${slugOf(name)}`}>{name}</a>
            </h2>
            <p>
              <Prose text={description} />
            </p>
            <OperationList operations={operations.filter(({ tag }) => tag === name)} />
          </section>
        ))}
      </>
    ),
  })
}

const OperationList = ({ operations }: { operations: Operation[] }) => (
  <ul class="operations">
    {operations.map((operation) => (
      <li>
        <a href={linkOf(operation)}>
          <Method method={operation.method} /> <code>{operation.path}</code> <span>{operation.summary}</span>
        </a>
      </li>
    ))}
  </ul>
)

/** The operations of one tag, and the objects that they take and answer with. */
export function tagPage(document: OpenApi, { name, description }: OpenApi['tags'][number]): string {
  const operations = operationsOf(document).filter(({ tag }) => tag === name)
  const objects = objectsOf(document, operations)
  const inputs = inputsOf(document, operations)
  return toPage({
    document,
    page: slugOf(name),
    title: name,
    operations,
    children: (
      <>
        <h1>{name}</h1>
        <p class="lead">
          <Prose text={description} />
        </p>
        {operations.map((operation) => (
          <OperationSection document={document} operation={operation} />
        ))}
        {objects.length > 0 && (
          <section class="objects" aria-labelledby="objects">
            <h2 id="objects">Objects</h2>
            {objects.map((object) => (
              <div class="object" id={object}>
                <h3>{object}</h3>
                <WholeSchema schema={document.components.schemas[object] ?? {}} isAnswer={!inputs.includes(object)} />
              </div>
            ))}
          </section>
        )}
      </>
    ),
  })
}

/** Every error code: when it comes, what it looks like, and which operations answer with it. */
export function errorsPage(document: OpenApi): string {
  const operations = operationsOf(document)
  return toPage({
    document,
    page: ERRORS_PAGE,
    title: 'Errors',
    children: (
      <>
        <h1>Errors</h1>
        <p class="lead">
          Errors are problem details (RFC 9457). Programs decide by <code>code</code>, which stays. The words may
          change.
        </p>
        {Object.entries(document.components.examples).map(([errorCode, { summary, value }]) => (
          <section class="error" id={errorCode} aria-labelledby={`${errorCode}-name`}>
            <h2 id={`${errorCode}-name`}>
              <code>{errorCode}</code>
            </h2>
            <p>
              <b class="status">{value.status}</b> {summary}. <a href={`/problems/${errorCode}`}>As JSON</a>
            </p>
            <details>
              <summary>Example</summary>
              <pre>{JSON.stringify(value, null, 2)}</pre>
            </details>
            <Origins
              operations={operations.filter((operation) =>
                errorsOf(operation).some((error) => error.errorCode === errorCode),
              )}
            />
          </section>
        ))}
      </>
    ),
  })
}

/** More operations than this answer with errors that come from everywhere, such as a body that is too large. */
const MOST_NAMED = 20

const Origins = ({ operations }: { operations: Operation[] }) =>
  operations.length > MOST_NAMED ? (
    <p class="fact">{operations.length} operations answer with it.</p>
  ) : (
    <p class="fact">
      {operations.map((operation, index) => (
        <>
          {index > 0 && ', '}
          <a href={linkOf(operation)}>{operation.operationId}</a>
        </>
      ))}
    </p>
  )
