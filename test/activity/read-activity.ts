import { expect } from 'vitest'
import type { ActivityEntry } from '../../src/activity/schemas'
import { uuidv7Time } from '../../src/lib/uuid'
import { settleBackground } from '../helpers/client'
import type { Person } from '../helpers/people'
import { dump } from '../helpers/storage'

/* What owners read of their account. */

export interface ActivityPage {
  activity: ActivityEntry[]
  nextCursor: string | null
}

export type Event = Omit<ActivityEntry, 'id'>

/**
 * All that an owner is shown, once everything that goes on after an answer has ended: without ids, by which it is ordered. Those
 * of one moment come in any order; here they are in the reverse order of the alphabet.
 */
export async function eventsOf({ client }: Pick<Person, 'client'>): Promise<Event[]> {
  await settleBackground()
  const { status, body } = await client.get<ActivityPage>('/users/me/activity?limit=100')
  expect(status).toBe(200)
  const ids = body.activity.map(({ id }) => id)
  expect(ids).toEqual(ids.toSorted().reverse())
  expect(ids.map(uuidv7Time)).toEqual(body.activity.map(({ at }) => Date.parse(at)))
  const events = body.activity.map(({ id, ...event }) => event)
  const place = ({ at, event }: Event) => `${at} ${event}`
  return events.sort((a, b) => (place(a) < place(b) ? 1 : -1))
}

/** Acts, and expects all activity to be after it what it was before. */
export async function expectNoNewActivity<Result>(act: () => Promise<Result>): Promise<Result> {
  await settleBackground()
  const before = (await dump())['activity']
  const result = await act()
  await settleBackground()
  expect((await dump())['activity']).toEqual(before)
  return result
}
