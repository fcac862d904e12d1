import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import { ERRORS_PAGE, slugOf } from '../tags'
import type { OpenApi, Operation } from './document'

interface LayoutProps {
  document: OpenApi
  /** The last part of the page's address. The first page has none. */
  page: string
  title: string
  /** The operations of the page, for the list beside it. */
  operations?: Operation[]
  children?: Child
}

/** A whole page, with the side list and the search. */
export const toPage = (props: LayoutProps) => String(html`<!doctype html>${<Layout {...props} />}`)

const Layout = ({ document, page, title, operations = [], children }: LayoutProps) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>{title} · Latchkey API</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta
        name="description"
        content={`${title}: the reference of the Latchkey API, with examples that you can try out.`}
      />
      <link rel="icon" href="/console/icon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="/docs/reference.css" />
      <script type="module" src="/docs/reference.js" />
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/docs">
          Latchkey <span>API</span>
        </a>
        <search hidden>
          <input
            type="search"
            aria-label="Search operations, fields and errors"
            placeholder="Search, or press /"
            autocomplete="off"
            spellcheck={false}
          />
          <p class="unseen" role="status" />
          <ul aria-label="Found" hidden />
        </search>
        <p class="session">
          <a href="/console">Console</a>
        </p>
      </header>
      <nav class="side" aria-label="Reference">
        <ul>
          <Entry to="/docs" isCurrent={page === ''} name="Overview" />
          {document.tags.map(({ name }) => (
            <Entry
              to={`/docs/${slugOf(name)}`}
              isCurrent={slugOf(name) === page}
              name={name}
              operations={slugOf(name) === page ? operations : []}
            />
          ))}
          <Entry to={`/docs/${ERRORS_PAGE}`} isCurrent={page === ERRORS_PAGE} name="Errors" />
        </ul>
      </nav>
      <main id="main">{children}</main>
    </body>
  </html>
)

interface EntryProps {
  to: string
  isCurrent: boolean
  name: string
  operations?: Operation[]
}

const Entry = ({ to, isCurrent, name, operations = [] }: EntryProps) => (
  <li>
    <a href={to} aria-current={isCurrent ? 'page' : undefined}>
      {name}
    </a>
    {operations.length > 0 && (
      <ul>
        {operations.map(({ operationId, summary }) => (
          <li>
            <a href={`#${operationId}`}>{summary}</a>
          </li>
        ))}
      </ul>
    )}
  </li>
)
