import { expect } from 'vitest'
import type { ActivityEntry } from '../../src/activity/schemas'
import { uuidv7Time } from '../../src/lib/uuid'
import { settleBackground } from '../helpers/client'
import type { Person } from '../helpers/people'
import { dump } from '../helpers/storage'

/* The activity list, as owners read it. */

export interface ActivityPage {
  activity: ActivityEntry[]
  nextCursor: string | null
}

export type Event = Omit<ActivityEntry, 'id'>

/**
 * All entries that an owner is shown, once all background tasks have ended, without their ids. Entries of the same moment come
 * in any order; here they are sorted by name, from Z to A.
 */
export async function eventsOf({ client }: Pick<Person, 'client'>): Promise<Event[]> {
  await settleBackground()
  const { status, body } = await client.get<ActivityPage>('/users/me/activity?limit=100')
  expect(status).toBe(200)
  const ids = body.activity.map(({ id }) => id)
  expect(ids).toEqual(ids.toSorted().reverse())
  expect(ids.map(uuidv7Time)).toEqual(body.activity.map(({ at }) => Date.parse(at)))
  const events = body.activity.map(({ id, ...event }) => event)
  const sortKey = ({ at, event }: Event) => `${at} ${event}`
  return events.sort((a, b) => (sortKey(a) < sortKey(b) ? 1 : -1))
}

/** Runs `act` and its background tasks, and expects all activity to stay as it was. */
export async function expectNoNewActivity<Result>(act: () => Promise<Result>): Promise<Result> {
  await settleBackground()
  const before = (await dump())['activity']
  const result = await act()
  await settleBackground()
  expect((await dump())['activity']).toEqual(before)
  return result
}
