import type { ActivityEntry } from '../../activity/schemas'

/** Entries that say the same of the same device, one after the other. Newest first. */
export type ActivityGroup = [newest: ActivityEntry, ...older: ActivityEntry[]]

/** Everything of an entry but when it was, and in which session. */
const sameness = ({ id: _id, at: _at, sessionId: _session, ...about }: ActivityEntry): string =>
  JSON.stringify(Object.entries(about).sort())

/** Puts together what happened again and again, such as wrong passwords of somebody who tries many. */
export function groupActivity(entries: ActivityEntry[]): ActivityGroup[] {
  const groups: ActivityGroup[] = []
  for (const entry of entries) {
    const last = groups.at(-1)
    if (last && sameness(last[0]) === sameness(entry)) last.push(entry)
    else groups.push([entry])
  }
  return groups
}
