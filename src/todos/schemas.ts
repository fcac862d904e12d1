import * as z from 'zod'
import { cursorSchema, limitSchema } from '../http/paging'
import { text, visibleText } from '../lib/text'
import { MAX_CONTENTS, MAX_DESCRIPTION, MAX_LABEL, MAX_LABELS } from '../limits'
import { daySchema, dueAtSchema, dueSchema, oneDueDate, zoneSchema } from './due-schema'
import { MAX_RULE_LENGTH, readRule } from './recurrence'
import { timeSchema } from './time-schema'

export const PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const

const contentsSchema = visibleText(MAX_CONTENTS).meta({ example: 'Buy milk' })

const labelSchema = visibleText(MAX_LABEL)

const labelsSchema = z
  .array(labelSchema)
  .max(MAX_LABELS)
  .refine((labels) => new Set(labels).size === labels.length, {
    params: { code: 'duplicate' },
    message: 'Must not name a label twice',
  })
  .meta({ uniqueItems: true, example: ['home'] })

const recurrenceSchema = z
  .string()
  .max(MAX_RULE_LENGTH)
  .overwrite((rule) => readRule(rule) ?? rule)
  .refine((rule) => readRule(rule) !== null, {
    params: { code: 'invalid_format' },
    message: 'Must be a rule of days, weeks, months or years (RFC 5545), such as FREQ=WEEKLY;BYDAY=MO,TH',
  })
  .meta({
    description: 'A rule by which it recurs (RFC 5545): completing it makes the next one. It needs a due date.',
    example: 'FREQ=WEEKLY;BYDAY=MO,TH',
  })

export const idSchema = z
  .uuidv7()
  .toLowerCase()
  .meta({ description: 'UUIDv7', example: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10' })

const parentIdSchema = idSchema.meta({
  description:
    'The to-do that this one is a subtask of. There is one level: that one is no subtask, and a subtask has no subtasks.',
  example: null,
})

const listIdSchema = idSchema.meta({
  description: 'The list that it is in. A subtask is in the list of its parent, whatever a request says.',
  example: null,
})

export const positionSchema = z
  .string()
  .regex(/^[0-9a-z]{0,99}[1-9a-z]$/)
  .meta({
    description:
      'Where it stands with `sort=position`: a text of 0–9 and a–z, compared letter by letter. In a request, `null` puts it where it was made, after what is older.',
    example: 'i1',
  })

const fields = {
  contents: contentsSchema,
  description: text({ max: MAX_DESCRIPTION }).nullable(),
  priority: z.enum(PRIORITIES),
  isDone: z.boolean(),
  labels: labelsSchema,
  due: dueSchema.nullable(),
  dueAt: dueAtSchema.nullable(),
  recurrence: recurrenceSchema.nullable(),
  parentId: parentIdSchema.nullable(),
  listId: listIdSchema.nullable(),
}

/** A whole to-do, as a client sends it. A field that is left out is empty. */
export const todoInputSchema = z
  .strictObject({
    contents: fields.contents,
    description: fields.description.default(null),
    priority: fields.priority.default('none'),
    isDone: fields.isDone.default(false),
    labels: fields.labels.default([]),
    due: fields.due.optional(),
    dueAt: fields.dueAt.optional(),
    recurrence: fields.recurrence.default(null),
    parentId: fields.parentId.default(null),
    listId: fields.listId.default(null),
    position: positionSchema.nullable().default(null),
  })
  .superRefine(oneDueDate)
  .meta({
    id: 'TodoInput',
    example: {
      contents: 'Water the plants',
      labels: ['home'],
      due: '2026-12-24',
      recurrence: 'FREQ=WEEKLY;BYDAY=MO,TH',
    },
  })

/** A PATCH changes the fields that it names. `null` empties a field. */
export const todoPatchSchema = z
  .strictObject({ ...fields, position: positionSchema.nullable() })
  .partial()
  .superRefine(oneDueDate)
  .meta({ id: 'TodoPatch', example: { isDone: true } })

export const todoIdSchema = z.object({ id: idSchema })

export const todoSchema = z
  .object({
    id: z.uuidv7(),
    ...fields,
    position: positionSchema,
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

const idOrNone = (description: string) =>
  z
    .union([idSchema, z.literal('none')])
    .optional()
    .meta({ description, example: undefined })

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'

/** Up to 100 ids, as many as a page may have. */
const idsSchema = z
  .string()
  .regex(new RegExp(`^${ID}(,${ID}){0,99}$`, 'i'), 'Must be up to 100 UUIDv7 with commas between them')
  .transform((ids) => ids.toLowerCase().split(','))
  .optional()
  .meta({
    type: 'string',
    description: 'Only the to-dos with these ids: up to 100, with commas between them. It is no search.',
    example: undefined,
  })

const filters = {
  ids: idsSchema,
  sort: z.enum(['createdAt', 'dueAt', 'priority', 'updatedAt', 'position', 'completedAt']).default('createdAt').meta({
    description:
      'To-dos with the same value are sorted by id. Those without a due date come last by `dueAt`, and open ones by `completedAt`, in either order.',
  }),
  order: z.enum(['ASC', 'DESC']).default('ASC'),
  isDone: flagSchema.meta({ type: 'boolean', description: '`true` for done to-dos only, `false` for open ones only.' }),
  priority: fields.priority.optional(),
  label: text({ min: 1, max: MAX_LABEL }).optional().meta({ description: 'Only to-dos with this label.' }),
  dueBefore: timeSchema.optional().meta({
    description: 'Only to-dos that are due before this time. A whole day counts as its end in UTC.',
    example: undefined,
  }),
  hasDueDate: flagSchema.meta({
    type: 'boolean',
    description: '`true` for to-dos with a due date only, `false` for those without one only.',
  }),
  dueOn: daySchema.optional().meta({
    description:
      'Only to-dos that are due on this day: those of the whole day, and those with a time on it in `timeZone`.',
    example: undefined,
  }),
  overdue: flagSchema.meta({
    type: 'boolean',
    description:
      '`true` for open to-dos only, whose time has passed or whose day is before today in `timeZone`. `false` for all others, those that are done included.',
  }),
  timeZone: zoneSchema.optional().meta({
    description: 'For `dueOn` and `overdue`: an IANA zone. By default that of your profile, or UTC.',
    example: undefined,
  }),
  parentId: idOrNone('Only the subtasks of this to-do, or with `none` only to-dos that are no subtasks.'),
  listId: idOrNone('Only to-dos in this list, or with `none` only those that are in no list.'),
  dueAfter: timeSchema.optional().meta({
    description:
      'Only to-dos that are due at this time or later. A whole day counts as its end in UTC. With `dueBefore`, each time is in one range only.',
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
