import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { limitByAddress } from '../../http/address-limit'
import {
  answerHeader,
  empty,
  jsonOf,
  optionalJsonBody,
  problem,
  readProblems,
  requestHeader,
  signedIn,
  textContent,
  writeProblems,
} from '../../http/openapi'
import { PROOF_REFUSALS } from '../../log-in/fresh-proof/refusals'
import { requireFreshProof } from '../../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../../log-in/fresh-proof/schemas'
import { requireCaller } from '../../sessions/require-user'
import { calendarFeedSchema, newCalendarFeedSchema } from './schemas'

const common = { tags: ['To-dos'], security: signedIn }
const path = '/me/calendar-feed'

export const get = createRoute({
  ...common,
  method: 'get',
  path,
  operationId: 'getCalendarFeed',
  summary: 'Your calendar link',
  description: 'Whether there is one, and since when. The link itself is shown only when it is made.',
  middleware: requireCaller,
  responses: {
    200: jsonOf(calendarFeedSchema, 'There is one'),
    ...readProblems,
    404: problem('not_found'),
  },
})

export const make = createRoute({
  ...common,
  method: 'post',
  path,
  operationId: 'createCalendarFeed',
  summary: 'Make a calendar link',
  description:
    'Needs a fresh proof of who you are, because whoever has the link reads your to-dos without signing in. It replaces the link before it. All contacts on file get a notice.',
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { body: optionalJsonBody(freshProofSchema) },
  responses: {
    201: jsonOf(newCalendarFeedSchema, 'The link'),
    ...writeProblems,
    403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const end = createRoute({
  ...common,
  method: 'delete',
  path,
  operationId: 'deleteCalendarFeed',
  summary: 'End your calendar link',
  middleware: requireCaller,
  responses: { 204: empty('There is none any more'), ...writeProblems },
})

export const read = createRoute({
  method: 'get',
  path: '/calendar/{file}',
  operationId: 'readCalendarFeed',
  tags: ['To-dos'],
  summary: 'When to-dos are due, for calendars',
  description:
    'By the secret link. Open to-dos that are due within the last year or later, as events (RFC 5545); recurring ones for the next 90 days.',
  security: [],
  request: {
    params: z.object({
      file: z.string().meta({
        description: 'The token of the link, and `.ics`.',
        example: 'u3ZrCq0mP1vYw8xT5nK2bLsE7hJ4dFgA9oQiR6tUyXc.ics',
      }),
    }),
  },
  parameters: [requestHeader('If-None-Match', 'The tag of the answer before: 304 if it is still current.', 'W/"x"')],
  responses: {
    200: {
      description: 'The events',
      headers: {
        ETag: answerHeader('The tag of this answer.', 'W/"x"'),
        'Cache-Control': answerHeader('Calendars may keep it for 15 minutes.', 'private, max-age=900'),
      },
      content: {
        'text/calendar': textContent(
          'Events.',
          'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Latchkey//To-dos//EN\r\nEND:VCALENDAR\r\n',
        ),
      },
    },
    304: empty('It has not changed'),
    404: problem('not_found'),
    429: problem('rate_limited'),
    500: problem('internal_error'),
    503: problem('misconfigured', 'unavailable'),
  },
})
