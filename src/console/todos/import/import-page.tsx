import { MAX_FILE_BYTES } from '../../../todos/import/readers/read-file'
import type { PageContext } from '../../page/console-env'
import { Field, RefusalMessage } from '../../page/fields'
import { renderPage } from '../../page/layout'
import { HOME } from '../../page/local-path'
import type { Reader } from '../../page/person'
import type { Refusal } from '../../page/refusal'
import type { KeptFile } from './kept-file'
import { ReportTable, type ShownReport, Summary } from './report-table'

export const IMPORT = `${HOME}/todos/import`

const FORMATS = ['todoist', 'todo.txt', 'google_tasks', 'microsoft_to_do', 'icalendar'] as const

const MEBIBYTE = 1024 * 1024

/** What file pickers offer. */
const ACCEPTED = '.csv,.txt,.ics,.json,text/csv,text/plain,text/calendar,application/json'

/** Asks for a file, and says which ones there are. */
export function showChoice(c: PageContext, refusal: Refusal | null) {
  const { t } = c.var
  return renderPage(
    c,
    { title: t.import.title, section: 'todos', refusal },
    <>
      <h1>{t.import.title}</h1>
      <p>{t.import.intro}</p>
      <dl>
        {FORMATS.map((format) => (
          <>
            <dt>{t.import.formats[format]}</dt>
            <dd>{t.import.howTo[format]}</dd>
          </>
        ))}
      </dl>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={IMPORT} enctype="multipart/form-data">
        <Field
          t={t}
          refusal={refusal}
          name="file"
          path=""
          label={t.import.file}
          hint={t.import.fileHint(MAX_FILE_BYTES / MEBIBYTE)}
          control={(attributes) => <input type="file" accept={ACCEPTED} required {...attributes} />}
        />
        <div class="actions">
          <button type="submit">{t.import.preview}</button>
          <a href={HOME} class="button second">
            {t.cancel}
          </a>
        </div>
      </form>
    </>,
  )
}

interface Preview {
  reader: Reader
  file: KeptFile
  report: ShownReport
}

/** Says what would become of each line. Nothing is written yet. */
export function showPreview(c: PageContext, { reader, file, report }: Preview) {
  const { t, zone } = reader
  const { made, changed } = report.summary
  return renderPage(
    c,
    { title: t.import.previewTitle, section: 'todos' },
    <>
      <h1>{t.import.previewTitle}</h1>
      <p dir="auto">{t.import.found(file.name, t.import.formats[report.format])}</p>
      <p class="hint">{t.import.zone(zone)}</p>
      <Summary reader={reader} report={report} />
      {made + changed === 0 && <p>{t.import.nothing}</p>}
      <form method="post" action={`${IMPORT}/run`}>
        <input type="hidden" name="file" value={file.hash} />
        <div class="actions">
          {made + changed > 0 && <button type="submit">{t.import.run}</button>}
          <a href={IMPORT} class="button second">
            {t.import.other}
          </a>
        </div>
      </form>
      <ReportTable reader={reader} report={report} hasLinks={false} />
    </>,
  )
}
