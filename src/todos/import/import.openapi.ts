import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { jsonOf, problem, signedIn, textContent, writeProblems } from '../../http/openapi'
import { requireCaller } from '../../sessions/require-user'
import { zoneSchema } from '../due-schema'
import { FORMATS } from './found-todo'
import { NOTE_MESSAGES } from './note-messages'
import { OUTCOMES } from './report'

export const FILE_TYPES = ['text/csv', 'text/plain', 'text/calendar', 'application/json'] as const
export const NDJSON = 'application/x-ndjson'

export const importQuerySchema = z.object({
  dryRun: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .meta({
      type: 'boolean',
      description: '`true` only says what would happen. `false` does it.',
      example: true,
    }),
  timeZone: zoneSchema.optional().meta({
    description: 'The IANA time zone of the times in the file that name none. By default that of your profile, or UTC.',
    example: 'Asia/Seoul',
  }),
})

const count = () => z.int().min(0).meta({ example: 1 })

const noteSchema = () =>
  z.object({
    code: z.enum(Object.keys(NOTE_MESSAGES)).meta({ example: 'moved_to_description' }),
    message: z.string().meta({ example: NOTE_MESSAGES.moved_to_description }),
    what: z.string().optional().meta({ description: 'What it is about, as the file has it.', example: 'LOCATION' }),
  })

const lineSchema = () =>
  z.object({
    line: z.int().min(1).meta({
      description: 'From 1. In JSON it is the place among the lists, to-dos and steps, counted together.',
    }),
    lastLine: z.int().optional().meta({ description: 'Of more than one line, the last one.' }),
    outcome: z.enum(OUTCOMES).meta({ example: 'made' }),
    todoId: z.uuidv7().nullable().meta({ description: 'The to-do, if it is there afterwards.' }),
    contents: z.string().optional().meta({ example: 'Buy milk' }),
    notes: z.array(noteSchema()).meta({ description: 'What was changed or left out, or why nothing was written.' }),
  })

const reportSchema = () =>
  z
    .object({
      format: z.enum(FORMATS),
      summary: z.object({
        made: count(),
        changed: count(),
        unchanged: count(),
        refused: count(),
        skipped: count(),
      }),
      lines: z.array(lineSchema()).meta({ description: 'Every line of the file is in exactly one.' }),
    })
    .meta({ id: 'ImportReport' })

/** A file as it is. Its schema is none of zod's, so that nothing else reads the body. */
const textFile = (value: string) => ({ schema: { type: 'string' as const }, examples: { example: { value } } })

const GOOGLE_TASKS = {
  kind: 'tasks#taskLists',
  items: [
    {
      kind: 'tasks#tasks',
      id: 'bGlzdC1vbmU',
      title: 'My Tasks',
      items: [
        {
          kind: 'tasks#task',
          id: 'dGFzay1vbmU',
          title: 'Plan the trip',
          status: 'needsAction',
          created: '2026-11-01T09:30:00.000Z',
          due: '2026-12-24T00:00:00.000Z',
        },
      ],
    },
  ],
}

// OpenAPI ignores a parameter named `Accept`: the media type of the answer stands for it.
const PROGRESS =
  'With `Accept: application/x-ndjson`: a JSON text a line. The last one has the `report`, or a `problem`.'
const PROGRESS_EXAMPLE = '{"progress":{"done":500,"total":900}}\n{"progress":{"done":900,"total":900}}\n{"report":{}}\n'

/** To the typed client, the answer is the one in JSON: whoever asks for lines reads them as text. */
function answerContent(): ReturnType<typeof jsonContent> {
  const all = { ...jsonContent(), [NDJSON]: textContent(PROGRESS, PROGRESS_EXAMPLE) }
  return all
}

const jsonContent = () => jsonOf(reportSchema, '').content

export const importFile = createRoute({
  tags: ['To-dos'],
  security: signedIn,
  // `app.ts` limits imports like batches, before it reads the file.
  middleware: requireCaller,
  method: 'post',
  path: '/import',
  operationId: 'importTodos',
  summary: 'Bring a file of to-dos from another program',
  description:
    'The file is the body, at most 5 MiB and 10,000 to-dos: the CSV of Todoist, a todo.txt, the VTODOs of an iCalendar file, the `Tasks.json` of Google Takeout, or lists of Microsoft To Do as Microsoft Graph gives them. What is in it decides which of these it is. The same file again makes nothing twice, and never takes back what you have changed or deleted here. With `Accept: application/x-ndjson` the answer is a stream of JSON texts, one a line: `{"progress": {"done": 500, "total": 900}}` after each part, and at the end `{"report": …}`, or `{"problem": …}`. What was written before a problem stays, and the same file again goes on from there.',
  request: {
    query: importQuerySchema,
    body: {
      required: true,
      content: {
        'text/csv': textFile('TYPE,CONTENT,PRIORITY,INDENT,DATE,DATE_LANG\ntask,Buy milk,4,1,2026-12-24,en\n'),
        'text/plain': textFile('(A) 2026-11-01 Call the plumber +Home @phone due:2026-11-30\n'),
        'text/calendar': textFile(
          'BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:one@example.com\r\nSUMMARY:Buy milk\r\nEND:VTODO\r\nEND:VCALENDAR\r\n',
        ),
        'application/json': { schema: { type: 'object', example: GOOGLE_TASKS } },
      },
    },
  },
  responses: {
    200: {
      description: 'What became of each line',
      get content() {
        return answerContent()
      },
    },
    ...writeProblems,
    400: problem('ambiguous_credentials'),
    429: problem('rate_limited'),
  },
})
