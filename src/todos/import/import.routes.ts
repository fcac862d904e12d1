import type { Context, TypedResponse } from 'hono'
import type { AppEnv } from '../../context'
import { AppError } from '../../errors'
import { answerProblem } from '../../http/problem'
import { createRouter } from '../../http/router'
import { MAX_SUBTASKS } from '../../limits'
import { countBatches } from '../write-limits'
import { importFile, NDJSON } from './import.openapi'
import { itemsOf } from './items'
import { readKnown, readStates } from './known'
import { readFile } from './readers/read-file'
import { type Report, reportOf, unreadable } from './report'
import { type Import, type Progress, runImport } from './run-import'

/** A batch writes 100 to-dos. An import of a whole file counts less for each, so that people can try it again. */
const TODOS_A_BATCH = 1000

export const importRoutes = createRouter().openapi(importFile, async (c) => {
  const { dryRun, timeZone } = c.req.valid('query')
  const now = Date.now()
  const bytes = new Uint8Array(await c.req.arrayBuffer())
  const { run, report } = await prepare(c, bytes, { isDry: dryRun, timeZone, now })
  if (!dryRun) await countBatches(c, Math.floor(run.items.length / TODOS_A_BATCH))
  const steps = runImport(run, now)
  if (wantsProgress(c)) return streamed(c, steps, report)
  while (!(await steps.next()).done);
  return c.json(report(), 200)
})

// Without this line, a GET of `/import` would look for a to-do with that id.
importRoutes.all('/import', (c) => c.notFound())

interface Asked {
  isDry: boolean
  timeZone: string | undefined
  now: number
}

/** Reads the file, and what is there of it already. `report` says what became of its lines, when the import has ended. */
async function prepare(c: Context<AppEnv>, bytes: Uint8Array, { isDry, timeZone, now }: Asked) {
  const writer = c.var
  if (bytes.length === 0) {
    throw new AppError('invalid_fields', { errors: [{ path: '', code: 'required', message: 'A body is required' }] })
  }
  const known = await readKnown(writer, timeZone, now)
  const contentType = c.req.header('Content-Type') ?? ''
  const reading = readFile(bytes, { contentType, now, zone: known.zone })
  if ('fault' in reading) throw unreadable(reading.fault)
  const source = { userId: writer.caller.userId, format: reading.format }
  const items = await itemsOf(reading.lines, source, MAX_SUBTASKS)
  await readStates(writer, known, items, now)
  const run: Import = { writer, items, known, isDry, decisions: new Map() }
  return { run, report: () => reportOf(reading, items, run.decisions) }
}

const wantsProgress = (c: Context): boolean => c.req.header('Accept')?.includes(NDJSON) ?? false

/**
 * A line after each step, and the report at the end. It goes on only as fast as the client reads. To the typed client it has the type of the
 * answer in JSON: whoever asks for lines reads them as text.
 */
function streamed(c: Context<AppEnv>, steps: AsyncGenerator<Progress>, report: () => Report): JsonAnswer
function streamed(c: Context<AppEnv>, steps: AsyncGenerator<Progress>, report: () => Report): Response {
  const lines = new ReadableStream<string>({
    async pull(controller) {
      const send = (line: object) => controller.enqueue(`${JSON.stringify(line)}\n`)
      try {
        const { done, value } = await steps.next()
        send(done ? { report: report() } : { progress: value })
        if (done) controller.close()
      } catch (error) {
        send({ problem: await answerProblem(c, error).json() })
        controller.close()
      }
    },
  })
  return c.body(lines.pipeThrough(new TextEncoderStream()), 200, { 'Content-Type': NDJSON })
}

type JsonAnswer = Response & TypedResponse<Report, 200, 'json'>
