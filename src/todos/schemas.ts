import * as z from 'zod'
import { cursorSchema, limitSchema } from '../http/paging'
import { text, visibleText } from '../lib/text'
import { timeSchema } from './time-schema'

export const PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const

const contentsSchema = visibleText(500).meta({ example: 'Buy milk' })

const FIRST_TIME = Date.parse('0000-01-01T00:00:00.000Z')
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z')

/** In UTC the year must have four digits. An offset can move a time out of the years 0000 to 9999. */
const dueAtSchema = timeSchema.refine((time) => !(Date.parse(time) < FIRST_TIME || Date.parse(time) > LAST_TIME), {
  params: { code: 'invalid_format' },
  message: 'Must be in the years 0000 to 9999 (UTC)',
})

const labelSchema = visibleText(50)

const labelsSchema = z
  .array(labelSchema)
  .max(10)
  .refine((labels) => new Set(labels).size === labels.length, {
    params: { code: 'duplicate' },
    message: 'Must not name a label twice',
  })
  .meta({ uniqueItems: true, example: ['home'] })

const fields = {
  contents: contentsSchema,
  description: text({ max: 10_000 }).nullable(),
  priority: z.enum(PRIORITIES),
  isDone: z.boolean(),
  labels: labelsSchema,
  dueAt: dueAtSchema.nullable(),
}

/** A whole to-do, as a client sends it. A field that is left out is empty. */
export const todoInputSchema = z
  .strictObject({
    contents: fields.contents,
    description: fields.description.default(null),
    priority: fields.priority.default('none'),
    isDone: fields.isDone.default(false),
    labels: fields.labels.default([]),
    dueAt: fields.dueAt.default(null),
  })
  .meta({ id: 'TodoInput' })

/** A PATCH changes the fields that it names. `null` empties a field. */
export const todoPatchSchema = z.strictObject(fields).partial().meta({ id: 'TodoPatch' })

export const idSchema = z
  .uuidv7()
  .toLowerCase()
  .meta({ description: 'UUIDv7', example: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10' })

export const todoIdSchema = z.object({ id: idSchema })

export const todoSchema = z
  .object({
    id: z.uuidv7(),
    ...fields,
    completedAt: timeSchema
      .nullable()
      .meta({ description: 'When it was done. Null while `isDone` is false.', example: null }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    version: z.int().min(1).meta({ description: 'Goes up by one with each change.', example: 1 }),
  })
  .meta({ id: 'Todo' })

export const todoListSchema = z.object({
  todos: z.array(todoSchema),
  nextCursor: z
    .string()
    .nullable()
    .meta({ description: 'Send it as `cursor` to get the next page. Null on the last page.' }),
})

/** `true` or `false` in a query. */
const flagSchema = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .optional()

const filters = {
  sort: z.enum(['createdAt', 'dueAt', 'priority', 'updatedAt']).default('createdAt').meta({
    description: 'To-dos with the same value are sorted by id. Those without a due date come last, in either order.',
  }),
  order: z.enum(['ASC', 'DESC']).default('ASC'),
  isDone: flagSchema.meta({ type: 'boolean', description: '`true` for done to-dos only, `false` for open ones only.' }),
  priority: fields.priority.optional(),
  label: text({ min: 1, max: 50 }).optional().meta({ description: 'Only to-dos with this label.' }),
  dueBefore: timeSchema
    .optional()
    .meta({ description: 'Only to-dos that are due before this time.', example: undefined }),
  hasDueDate: flagSchema.meta({
    type: 'boolean',
    description: '`true` for to-dos with a due date only, `false` for those without one only.',
  }),
  dueAfter: timeSchema.optional().meta({
    description: 'Only to-dos that are due at this time or later. With `dueBefore`, each time is in one range only.',
    example: undefined,
  }),
  q: text({ min: 1, max: 200 }).optional().meta({
    description:
      'Only to-dos with this text in their contents or description. Letter case does not matter, in any script, nor does full or half width.',
  }),
}

export const todoQuerySchema = z.object({ ...filters, limit: limitSchema, cursor: cursorSchema })

export type Todo = z.output<typeof todoSchema>
export type TodoInput = z.output<typeof todoInputSchema>
export type TodoPatch = z.output<typeof todoPatchSchema>
export type TodoFilter = Omit<z.output<typeof todoQuerySchema>, 'limit' | 'cursor'>
