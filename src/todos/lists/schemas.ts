import * as z from 'zod'
import { visibleText } from '../../lib/text'
import { MAX_LIST_NAME } from '../../limits'
import { idSchema, positionSchema } from '../schemas'
import { timeSchema } from '../time-schema'

const nameSchema = visibleText(MAX_LIST_NAME).meta({ example: 'Groceries' })

const ownPositionSchema = positionSchema.nullable().meta({
  description:
    'Where it stands among the lists: a text of 0–9 and a–z, compared letter by letter. In a request, `null` puts it where it was made, after what is older.',
})

/** A whole list, as a client sends it. */
export const listInputSchema = z
  .strictObject({ name: nameSchema, position: ownPositionSchema.default(null) })
  .meta({ id: 'ListInput' })

export const listPatchSchema = z
  .strictObject({ name: nameSchema, position: ownPositionSchema })
  .partial()
  .meta({ id: 'ListPatch' })

export const listIdSchema = z.object({ id: idSchema })

/** What becomes of the to-dos of a list that is deleted. */
export const deletionQuerySchema = z.object({
  todos: z.enum(['move', 'delete']).optional().meta({
    description:
      'What becomes of its to-dos: `move` leaves them in no list, and `delete` deletes them too. Without it, only a list without to-dos is deleted.',
  }),
})

export const listSchema = z
  .object({
    id: z.uuidv7(),
    name: nameSchema,
    position: positionSchema,
    createdAt: timeSchema,
    updatedAt: timeSchema,
    version: z.int().min(1).meta({ description: 'Goes up by one with each change.', example: 1 }),
  })
  .meta({ id: 'List' })

export const listsSchema = z.object({ lists: z.array(listSchema) })

export type List = z.output<typeof listSchema>
export type ListPatch = z.output<typeof listPatchSchema>
