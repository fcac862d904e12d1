import { AppError } from '../../../errors'
import { countAtEdge } from '../../../http/edge-limit'
import { readQuickAdd } from '../../../todos/quick-add/read-quick-add'
import { MAX_LINES, splitLines } from '../../../todos/quick-add/split-lines'
import type { Todo } from '../../../todos/schemas'
import type { PageContext } from '../../page/console-env'
import { RefusalMessage } from '../../page/fields'
import { renderPage } from '../../page/layout'
import { type Reader, readReader } from '../../page/person'
import { type Refusal, readFormRefusal } from '../../page/refusal'
import type { Texts } from '../../texts/texts'
import { readLists } from '../lists/read-lists'
import { inPlace, placeOf } from './place-of'
import { timeOf } from './read-typed'
import { LINES } from './unsent-row'

interface Pasted {
  lines: string
  /** Makes sure that lines which are sent twice are added once. */
  key: string
  listPath: string
  typedAt: string
}

/** Why no line was added: the API refused them, or a line makes no to-do (`fault`). */
interface WhyNoLines {
  refusal: Refusal
  fault: string | null
}

type Added = { kind: 'added'; todos: Todo[]; reader: Reader } | ({ kind: 'refused' } & WhyNoLines)

const INVALID: Refusal = { errorCode: 'invalid_fields', fieldErrors: [], retryAfterSeconds: null }

/** Makes a to-do of each line, all of them or none. Each line is read as the text of one to-do is. */
export async function addLines(c: PageContext, { lines: pasted, key, listPath, typedAt }: Pasted): Promise<Added> {
  const { t } = c.var
  const { lines, leftOut } = splitLines(pasted)
  const [first] = leftOut
  const fault = first
    ? t.quick.leftOut[first.why](first.text.slice(0, 60))
    : lines.length === 0
      ? t.quick.noLines
      : null
  if (fault !== null) return { kind: 'refused', refusal: INVALID, fault }
  const reader = await readReader(c)
  const limit = await countReading(c, reader.userId)
  if (limit) return { kind: 'refused', refusal: limit, fault: null }
  const [lists, place] = await Promise.all([pasted.includes('+') ? readLists(c) : [], placeOf(c, listPath, typedAt)])
  const context = { now: timeOf({ typedAt }, reader.now), zone: reader.zone, locale: reader.locale, lists }
  const operations = lines.map(({ text, isDone }) => ({
    op: 'create' as const,
    todo: { ...inPlace(place, readQuickAdd(text, context).todo), isDone },
  }))
  const answer = await c.var.api.todos.batch.$post({ json: { operations } }, { headers: { 'Idempotency-Key': key } })
  if (answer.status !== 200) return { kind: 'refused', refusal: await readFormRefusal(answer), fault: null }
  const { results } = await answer.json()
  return { kind: 'added', reader, todos: results.flatMap((result) => ('todo' in result ? result.todo : [])) }
}

/** To read a hundred lines takes up to a third of a second of CPU, so it counts as a batch before it begins, and the batch itself counts too. */
async function countReading(c: PageContext, userId: string): Promise<Refusal | null> {
  try {
    await countAtEdge(c.env.BATCH_LIMIT, 'batches', userId)
    return null
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const retryAfter = error.headers['Retry-After']
    return {
      errorCode: error.code,
      fieldErrors: [],
      retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
    }
  }
}

/** Why no line was added, for the script. */
export function RefusedLines({ t, refusal, fault }: WhyNoLines & { t: Texts }) {
  return fault === null ? <RefusalMessage t={t} refusal={refusal} /> : <p class="fault">{fault}</p>
}

/** The page that adds several to-dos. */
export async function showLinesForm(
  c: PageContext,
  listPath: string,
  refused: (WhyNoLines & { lines: string }) | null,
) {
  const { t, userId } = await readReader(c)
  const { lines = '', fault = null, refusal = null } = refused ?? {}
  return renderPage(
    c,
    { title: t.quick.severalTitle, section: 'todos', refusal },
    <>
      <h1>{t.quick.severalTitle}</h1>
      {fault === null && <RefusalMessage t={t} refusal={refusal} />}
      <form method="post" action={LINES} autocomplete="off">
        <input type="hidden" name="to" value={listPath} />
        <input type="hidden" name="user" value={userId} />
        <input type="hidden" name="key" value={crypto.randomUUID()} />
        <div class="field">
          <label for="lines">{t.quick.lines}</label>
          <textarea
            id="lines"
            name="lines"
            rows={10}
            dir="auto"
            required
            data-focus
            aria-invalid={fault === null ? undefined : 'true'}
            aria-describedby={fault === null ? 'lines-hint' : 'lines-fault lines-hint'}
          >
            {/* HTML ignores a line break at the start of a textarea. Without this one, the text could lose its own. */}
            {`\n${lines}`}
          </textarea>
          {fault !== null && (
            <p id="lines-fault" class="fault">
              {fault}
            </p>
          )}
          <p id="lines-hint" class="hint">
            {t.quick.linesHint(MAX_LINES)}
          </p>
        </div>
        <div class="actions">
          <button type="submit">{t.quick.addAll}</button>
          <a href={listPath} class="button second">
            {t.cancel}
          </a>
        </div>
      </form>
    </>,
  )
}
