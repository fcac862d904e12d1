import type { InferResponseType } from 'hono/client'
import { OUTCOMES } from '../../../todos/import/report'
import type { ApiClient } from '../../page/api-client'
import { HOME } from '../../page/local-path'
import type { Reader } from '../../page/person'
import type { Texts } from '../../texts/texts'

/** What the API says of a file. */
export type ShownReport = InferResponseType<ApiClient['todos']['import']['$post'], 200>

type ReportLine = ShownReport['lines'][number]

/** So many lines are shown at once. */
const FIRST_LINES = 200

interface ReportProps {
  reader: Reader
  report: ShownReport
}

/** How many lines became what. */
export function Summary({ reader, report }: ReportProps) {
  const { t, locale } = reader
  const numbers = new Intl.NumberFormat(locale)
  return (
    <dl class="panel summary">
      {OUTCOMES.filter((outcome) => report.summary[outcome] > 0).map((outcome) => (
        <div>
          <dt>{t.import.outcomes[outcome]}</dt>
          <dd>{numbers.format(report.summary[outcome])}</dd>
        </div>
      ))}
    </dl>
  )
}

/** What became of each line. The first ones are shown, and the others as soon as somebody wants to see all. */
export function ReportTable({ reader: { t, locale }, report, hasLinks }: ReportProps & { hasLinks: boolean }) {
  const [first, more] = [report.lines.slice(0, FIRST_LINES), report.lines.slice(FIRST_LINES)]
  return (
    <section class="report" aria-labelledby="lines">
      <h2 id="lines">{t.import.lines}</h2>
      <Lines t={t} lines={first} hasLinks={hasLinks} />
      {more.length > 0 && (
        <details class="panel">
          <summary>{t.import.showAll(new Intl.NumberFormat(locale).format(report.lines.length))}</summary>
          <Lines t={t} lines={more} hasLinks={hasLinks} />
        </details>
      )}
    </section>
  )
}

interface LinesProps {
  t: Texts
  lines: readonly ReportLine[]
  /** Whether to-dos are there, and lead to their pages. */
  hasLinks: boolean
}

function Lines({ t, lines, hasLinks }: LinesProps) {
  const { columns } = t.import
  return (
    <table class="panel">
      <thead>
        <tr>
          <th scope="col">{columns.line}</th>
          <th scope="col">{columns.todo}</th>
          <th scope="col">{columns.outcome}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Line t={t} line={line} hasLinks={hasLinks} />
        ))}
      </tbody>
    </table>
  )
}

function Line({ t, line, hasLinks }: Omit<LinesProps, 'lines'> & { line: ReportLine }) {
  const { outcome, contents, todoId, notes } = line
  const isLink = hasLinks && todoId !== null
  return (
    <tr>
      <td>{line.lastLine === undefined ? line.line : `${line.line}–${line.lastLine}`}</td>
      <td>
        {contents !== undefined && (
          <p dir="auto">{isLink ? <a href={`${HOME}/todos/${todoId}`}>{contents}</a> : contents}</p>
        )}
        {notes.map((note) => (
          <p class="hint">
            {t.import.note(note)}
            {note.what !== undefined && (
              <>
                {' '}
                <q dir="auto">{note.what}</q>
              </>
            )}
          </p>
        ))}
      </td>
      <td class={outcome === 'refused' ? 'late' : undefined}>{t.import.outcomes[outcome]}</td>
    </tr>
  )
}
