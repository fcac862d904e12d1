import type { Child } from 'hono/jsx'
import type { Progress } from '../../../todos/import/run-import'
import type { PageContext } from '../../page/console-env'
import { RefusalMessage } from '../../page/fields'
import { renderAround } from '../../page/layout'
import { HOME, withQuery } from '../../page/local-path'
import type { Reader } from '../../page/person'
import { type Refusal, readRefusal } from '../../page/refusal'
import { IMPORT } from './import-page'
import { ReportTable, type ShownReport, Summary } from './report-table'

/** A line of the API's answer. */
type AnswerLine = { progress: Progress } | { report: ShownReport } | { problem: unknown }

interface Run {
  reader: Reader
  /** The hash of the file. */
  hash: string
  /** The API's answer: a line of JSON after each part of the file. */
  answer: ReadableStream<Uint8Array>
  /** Is called once the whole file is imported. */
  onEnd: () => Promise<void>
}

/**
 * Answers with a page that grows while the file is imported: a line of progress after each part, of which the style sheet shows the last one,
 * and then the report. It needs no script. Whoever leaves the page stops the import, and can go on later with the same file.
 */
export async function streamRun(c: PageContext, run: Run): Promise<Response> {
  const { title } = c.var.t.import
  const parts = pageParts(run, await renderAround(c, { title, section: 'todos' }))
  const encoder = new TextEncoder()
  const page = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await parts.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await parts.return(undefined)
    },
  })
  return c.body(page, 200, { 'Content-Type': 'text/html; charset=UTF-8' })
}

async function* pageParts({ reader, hash, answer, onEnd }: Run, [before, after]: [string, string]) {
  const { t, locale } = reader
  const numbers = new Intl.NumberFormat(locale)
  yield `${before}<h1>${t.import.title}</h1><div class="progress" role="status"><p>${t.import.running}</p>`
  for await (const line of readLines(answer)) {
    if ('progress' in line) {
      const { done, total } = line.progress
      yield await toHtml(<p>{t.import.progress(numbers.format(done), numbers.format(total))}</p>)
    } else if ('report' in line) {
      await onEnd()
      yield await toHtml(<p>{t.import.done}</p>)
      yield `</div>${await toHtml(<Result reader={reader} report={line.report} />)}${after}`
    } else {
      const refusal = await readRefusal({ headers: new Headers(), json: async () => line.problem })
      yield `</div>${await toHtml(<Broken reader={reader} hash={hash} refusal={refusal} />)}${after}`
    }
  }
}

const toHtml = async (element: Child): Promise<string> => String(await element)

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<AnswerLine> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
}

function Result({ reader, report }: { reader: Reader; report: ShownReport }) {
  const { t } = reader
  return (
    <>
      <Summary reader={reader} report={report} />
      <p class="actions">
        <a href={withQuery(HOME, { view: 'all' })} class="button">
          {t.import.toTodos}
        </a>
        <a href={IMPORT} class="button second">
          {t.import.another}
        </a>
      </p>
      <ReportTable reader={reader} report={report} hasLinks />
    </>
  )
}

/** Why the import stopped, with a button that goes on. */
function Broken({ reader: { t }, hash, refusal }: { reader: Reader; hash: string; refusal: Refusal }) {
  return (
    <>
      <RefusalMessage t={t} refusal={refusal} />
      <p>{t.import.stopped}</p>
      <form method="post" action={`${IMPORT}/run`}>
        <input type="hidden" name="file" value={hash} />
        <div class="actions">
          <button type="submit">{t.import.goOn}</button>
        </div>
      </form>
    </>
  )
}
