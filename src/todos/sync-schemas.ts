import * as z from 'zod'
import { limitSchema } from '../http/paging'
import { text } from '../lib/text'
import { MAX_OPERATIONS } from '../limits'
import { listSchema } from './lists/schemas'
import { idSchema, todoInputSchema, todoPatchSchema, todoSchema } from './schemas'

const ifMatchSchema = text({ max: 200 })
  .optional()
  .meta({ description: 'Works like the header `If-Match`.', example: '"1"' })

const ownIdSchema = idSchema.optional().meta({
  description:
    'A UUIDv7 that you choose. The operation is refused (`precondition_failed`) if there is a to-do with this id, or was one in the last 30 days.',
})

const operationSchema = z
  .discriminatedUnion('op', [
    z
      .strictObject({ op: z.literal('create'), id: ownIdSchema, todo: todoInputSchema })
      .meta({ title: 'Make, and never replace' }),
    z
      .strictObject({ op: z.literal('put'), id: idSchema, todo: todoInputSchema, ifMatch: ifMatchSchema })
      .meta({ title: 'Make under your own id, or replace whole' }),
    z
      .strictObject({ op: z.literal('update'), id: idSchema, patch: todoPatchSchema, ifMatch: ifMatchSchema })
      .meta({ title: 'Change what the patch names' }),
    z.strictObject({ op: z.literal('delete'), id: idSchema, ifMatch: ifMatchSchema }).meta({ title: 'Delete' }),
    z.strictObject({ op: z.literal('restore'), id: idSchema }).meta({ title: 'Undo a deletion' }),
  ])
  .meta({ id: 'TodoOperation' })

export const batchInputSchema = z
  .strictObject({
    operations: z
      .array(operationSchema)
      .min(1)
      .max(MAX_OPERATIONS)
      .superRefine((operations, context) => {
        const seen = new Set<string>()
        for (const [index, operation] of operations.entries()) {
          if (operation.id === undefined) continue
          if (seen.has(operation.id)) {
            context.addIssue({
              code: 'custom',
              path: [index, 'id'],
              params: { code: 'duplicate' },
              message: 'Another operation is about the same to-do',
            })
          }
          seen.add(operation.id)
        }
      })
      .meta({
        example: [
          { op: 'create', todo: { contents: 'Buy milk', labels: ['home'] } },
          { op: 'update', id: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10', patch: { isDone: true } },
          { op: 'delete', id: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e11', ifMatch: '"1"' },
        ],
      }),
  })
  .meta({ id: 'TodoBatch' })

const deletedSchema = z.object({ id: z.uuidv7(), deletedAt: z.iso.datetime() }).meta({ id: 'DeletedTodo' })

/** A to-do that changed: the whole to-do, or when it was deleted. */
const changeSchema = z.union([z.object({ todo: todoSchema }), deletedSchema]).meta({ id: 'TodoChange' })

export const batchResultSchema = z.object({
  results: z.array(changeSchema).meta({ description: 'One for each operation, in the same order.' }),
})

export const changesQuerySchema = z.object({
  since: text({ max: 500 })
    .optional()
    .meta({ description: 'The `nextToken` of the last answer. Leave it out the first time.' }),
  limit: limitSchema,
})

export const changesSchema = z.object({
  changes: z.array(changeSchema),
  lists: z.array(listSchema).optional().meta({
    description:
      'All your lists, in the order of `position`, if one of them was made, changed or deleted since. They replace those that you have. Left out if they are the same.',
  }),
  nextToken: z
    .string()
    .meta({ description: 'Send it as `since` the next time, or at once if `hasMore` is true.', example: 'MTc2NzE2…' }),
  hasMore: z.boolean(),
})

export type TodoOperation = z.output<typeof operationSchema>
export type Change = z.output<typeof changeSchema>
