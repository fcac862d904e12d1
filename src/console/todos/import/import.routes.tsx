import { AppError } from '../../../errors'
import { NDJSON } from '../../../todos/import/import.openapi'
import { MAX_FILE_BYTES } from '../../../todos/import/readers/read-file'
import { createPages, type PageContext } from '../../page/console-env'
import { formFields, headerValue, readForm } from '../../page/form'
import { withQuery } from '../../page/local-path'
import { type Reader, readReader } from '../../page/person'
import { type Refusal, readFormRefusal } from '../../page/refusal'
import { readUpload, type Upload } from '../../page/upload'
import { IMPORT, showChoice, showPreview } from './import-page'
import { forgetKept, type KeptFile, keepFile, readKept } from './kept-file'
import { streamRun } from './run-page'

/** Brings a file of to-dos: choose it, see what becomes of it, and import it. These read their own forms, because a file is no small one. */
export const importRoutes = createPages()
  .get('/todos/import', (c) => showChoice(c, null))
  .post('/todos/import', async (c) => {
    // Asks who it is before it reads a large body.
    const { userId } = await readReader(c)
    const upload = await readFileOf(c)
    if ('errorCode' in upload) return showChoice(c, upload)
    const file = await keepFile(c, userId, upload)
    return c.redirect(withQuery(`${IMPORT}/preview`, { file }), 303)
  })
  .get('/todos/import/preview', async (c) => {
    const reader = await readReader(c)
    const file = await readKept(c, reader.userId, c.req.query('file') ?? '')
    if (!file) return showChoice(c, GONE)
    const answer = await ask(c, file, { dryRun: 'true' })
    if (answer.status !== 200) return showChoice(c, await readFormRefusal(answer))
    return showPreview(c, { reader, file, report: await answer.json() })
  })
  // What the browser opens if somebody loads the page of an import again.
  .get('/todos/import/run', (c) => c.redirect(IMPORT, 303))
  .post('/todos/import/run', readForm, formFields({ file: headerValue }), async (c) => {
    const reader: Reader = await readReader(c)
    const { userId } = reader
    const file = await readKept(c, userId, c.req.valid('form').file)
    if (!file) return showChoice(c, GONE)
    const answer = await ask(c, file, { dryRun: 'false', accept: NDJSON })
    if (answer.status !== 200 || !answer.body) return showChoice(c, await readFormRefusal(answer))
    return streamRun(c, {
      reader,
      hash: file.hash,
      answer: answer.body,
      onEnd: () => forgetKept(c, userId).catch(() => undefined),
    })
  })

/** Gives the API the file. */
const ask = (c: PageContext, file: KeptFile, asked: { dryRun: 'true' | 'false'; accept?: string }) => {
  const headers = { 'Content-Type': file.type, ...(asked.accept !== undefined && { Accept: asked.accept }) }
  return c.var.api.todos.import.$post({ query: { dryRun: asked.dryRun } }, { headers, init: { body: file.bytes } })
}

async function readFileOf(c: PageContext): Promise<Upload | Refusal> {
  try {
    const upload = await readUpload(c.req.raw, { field: 'file', maxBytes: MAX_FILE_BYTES })
    if (!upload) return aboutFile('required', 'Choose a file')
    return upload.bytes.length > MAX_FILE_BYTES ? TOO_LARGE : upload
  } catch (error) {
    if (error instanceof AppError && error.code === 'content_too_large') return TOO_LARGE
    throw error
  }
}

const aboutFile = (code: string, message: string): Refusal => ({
  errorCode: 'invalid_fields',
  fieldErrors: [{ path: '', code, message }],
  retryAfterSeconds: null,
})

const TOO_LARGE = aboutFile('too_large', 'Must have at most 5 MiB')
const GONE = aboutFile('file_gone', 'The file is no longer here, or another one came after it: choose it again')
