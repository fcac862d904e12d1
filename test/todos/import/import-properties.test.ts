import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import { todoSchema } from '../../../src/todos/schemas'
import { aliceAndBob } from '../../helpers/alice-and-bob'
import { noLimit } from '../../helpers/bindings'
import { withBindings } from '../../helpers/client'
import { compileSchema, readDocument } from '../../helpers/document'
import { dump, emptyStorage } from '../../helpers/storage'
import { allTodos, importText } from './import-file'
import { RANDOM_FILES } from './random-files'

const { alice } = aliceAndBob()
const runs = Math.ceil((inject('propertyRuns') ?? (inject('isThorough') ? 60 : 24)) / 2)
const zones = ['UTC', 'Asia/Seoul', 'America/Sao_Paulo', 'Pacific/Apia', 'Asia/Kathmandu', 'Africa/Monrovia']
const types = ['text/csv', 'text/plain', 'text/calendar', 'application/json']

/* Whatever a file has: the dry run says what happens, all that is made can be read, and a second import changes nothing. */

describe.each(Object.entries(RANDOM_FILES))('a file of %s', (_, files) => {
  it('is imported as its dry run says, and once', { timeout: 120_000 }, async () => {
    const { document, operations } = await readDocument()
    const { responses } = operations.find(({ operationId }) => operationId === 'importTodos') ?? {}
    const report = compileSchema(document, responses?.['200']?.content?.['application/json']?.schema ?? {})
    const property = fc.asyncProperty(
      files,
      fc.constantFrom(...types),
      fc.constantFrom(...zones),
      async (text, type, timeZone) => {
        await emptyStorage()
        const client = withBindings(alice().client, { BATCH_LIMIT: noLimit })
        const dry = await importText(client, text, { type, timeZone, dryRun: true })
        const real = await importText(client, text, { type, timeZone })
        expect([200, 422]).toContain(real.status)
        if (real.status === 422) {
          expect(dry.body.errors).toEqual(real.body.errors)
          return
        }
        expect(dry.body).toEqual(real.body)
        expect(report.safeParse(real.body).error).toBeUndefined()
        const before = await dump()
        const todos = await allTodos(client)
        for (const todo of todos) expect(todoSchema.safeParse(todo).error).toBeUndefined()
        // One to-do was there before.
        expect(todos).toHaveLength(real.body.summary.made + 1)
        const again = await importText(client, text, { type, timeZone })
        expect(again.body.summary).toMatchObject({ made: 0, changed: 0, unchanged: real.body.summary.made })
        expect(await dump()).toEqual(before)
      },
    )
    await fc.assert(property, { numRuns: runs })
  })
})
