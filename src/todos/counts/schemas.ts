import * as z from 'zod'
import { zoneSchema } from '../due-schema'

export const countsQuerySchema = z.object({
  timeZone: zoneSchema.optional().meta({
    description: 'Which day it is: an IANA zone. By default that of your profile, or UTC.',
    example: undefined,
  }),
})

const countSchema = z.int().min(0)

export const countsSchema = z
  .object({
    open: countSchema.meta({ description: 'All open to-dos, subtasks included.', example: 12 }),
    overdue: countSchema.meta({ description: 'Those of `overdue=true`.', example: 1 }),
    today: countSchema.meta({ description: 'Those that are due today and not overdue.', example: 2 }),
    upcoming: countSchema.meta({
      description: 'Those that have a due date and are not overdue: `today`, and later.',
      example: 5,
    }),
    lists: z
      .array(z.object({ listId: z.uuidv7().nullable(), open: countSchema }))
      .meta({ description: 'How many are open in each list, and under `null` in none. Empty lists are left out.' }),
    labels: z
      .array(z.object({ label: z.string(), open: countSchema }))
      .meta({ description: 'The labels that open to-dos have: the most used ones first, at most 100.' }),
    isComplete: z.boolean().meta({
      description: 'False if you have 1,000 open to-dos or more. Then those 1,000 are counted that are due first.',
      example: true,
    }),
  })
  .meta({
    id: 'TodoCounts',
    example: {
      open: 12,
      overdue: 1,
      today: 2,
      upcoming: 5,
      lists: [
        { listId: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10', open: 4 },
        { listId: null, open: 8 },
      ],
      labels: [{ label: 'home', open: 3 }],
      isComplete: true,
    },
  })

export type TodoCounts = z.output<typeof countsSchema>
