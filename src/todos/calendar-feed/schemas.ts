import * as z from 'zod'

/* These are functions: the document makes the schemas when it is asked for. */

export const calendarFeedSchema = () =>
  z
    .object({ createdAt: z.iso.datetime().meta({ description: 'When the link was made.' }) })
    .meta({ id: 'CalendarFeed' })

export const newCalendarFeedSchema = () =>
  z
    .object({
      url: z.url().meta({
        description: 'The secret link, for calendars. It is shown only now.',
        example: 'https://example.com/calendar/u3ZrCq0mP1vYw8xT5nK2bLsE7hJ4dFgA9oQiR6tUyXc.ics',
      }),
      createdAt: z.iso.datetime(),
    })
    .meta({ id: 'NewCalendarFeed' })
