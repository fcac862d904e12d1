import { sql } from 'drizzle-orm'
import type { Bound } from '../../db/prebuilt'
import { AppError } from '../../errors'
import { type CallerValues, prebuildForCaller } from '../../sessions/caller-statements'
import { sessions } from '../../sessions/tables'
import { users } from '../../users/tables'
import { todos } from '../tables'
import { bytesOfRow, newestOf, quotaOf, type TodoUsage } from '../usage'
import type { Writer } from '../write'
import type { Item } from './items'
import { type OwnList, selectLists } from './own-lists'

/*
 * What an import knows of what is there already.
 */

/** A to-do that is there, or was until a few days ago. */
export interface State {
  id: string
  isMine: 0 | 1
  isDeleted: 0 | 1
  importHash: string | null
  version: number
  bytes: number
}

export interface Known {
  /** The zone of the times that name none: that of the request, or of the person. */
  zone: string
  /** What the person has, together with what this import adds. */
  usage: TodoUsage
  quota: TodoUsage
  /** The lists of the person, and those that this import makes: ids by name. */
  lists: Map<string, string>
  listIds: Set<string>
  states: Map<string, State>
}

/** How many to-dos are looked up by one statement. */
const STATES_AT_ONCE = 2000

interface Person {
  zone: string | null
  rows: number | null
  bytes: number | null
}

const selectPerson = prebuildForCaller<Person, CallerValues>(
  (value, { isLive }) => sql`SELECT ${users.timeZone} AS zone, newest.total_rows AS rows, newest.total_bytes AS bytes
    FROM ${sessions} JOIN ${users} ON ${users.id} = ${sessions.userId} LEFT JOIN (${newestOf(value)}) newest WHERE ${isLive}`,
)

const selectStates = prebuildForCaller<State, CallerValues & { ids: string }>(
  (value, { isLive }) => sql`SELECT ${todos.id} AS id, ${todos.userId} = ${value('userId')} AS "isMine",
    ${todos.deletedAt} IS NOT NULL AS "isDeleted", ${todos.importHash} AS "importHash", ${todos.version} AS version, ${bytesOfRow} AS bytes
    FROM ${sessions}, json_each(${value('ids')}) JOIN ${todos} ON ${todos.id} = json_each.value WHERE ${isLive}`,
)

/**
 * Reads what does not depend on the file.
 * @param zone that the request names
 * @throws {AppError} `unauthenticated`
 */
export async function readKnown(writer: Writer, zone: string | undefined, now: number): Promise<Known> {
  const known: Known = {
    zone: 'UTC',
    usage: { rows: 0, bytes: 0 },
    quota: quotaOf(writer.config),
    lists: new Map(),
    listIds: new Set(),
    states: new Map(),
  }
  const values = { ...writer.caller, now }
  const { people, own } = await writer.db.rowsOfEach({ people: selectPerson(values), own: selectLists(values) })
  learn(known, people, own)
  known.zone = zone ?? people[0]?.zone ?? 'UTC'
  return known
}

/** Reads which of the to-dos of a file are there. One that was exported from here gets the id that it has here. */
export async function readStates(writer: Writer, known: Known, items: readonly Item[], now: number): Promise<void> {
  const ids = items.flatMap(({ id, exportedId }) => (exportedId === null ? [id] : [id, exportedId]))
  for (let from = 0; from < ids.length; from += STATES_AT_ONCE) {
    const some = ids.slice(from, from + STATES_AT_ONCE)
    for (const state of await writer.db.rowsOf(statesOf(writer, some, now))) known.states.set(state.id, state)
  }
  for (const item of items) if (known.states.get(item.exportedId ?? '')?.isMine) item.id = item.exportedId ?? item.id
}

/** Reads all of it again for these to-dos, because somebody has changed something meanwhile. */
export async function readAgain(writer: Writer, known: Known, ids: readonly string[], now: number): Promise<void> {
  const values = { ...writer.caller, now }
  const { people, own, states } = await writer.db.rowsOfEach({
    people: selectPerson(values),
    own: selectLists(values),
    states: statesOf(writer, ids, now),
  })
  learn(known, people, own)
  for (const id of ids) known.states.delete(id)
  for (const state of states) known.states.set(state.id, state)
}

const statesOf = ({ caller }: Writer, ids: readonly string[], now: number): Bound<State> =>
  selectStates({ ...caller, now, ids: JSON.stringify(ids) })

function learn(known: Known, [person]: readonly Person[], own: readonly OwnList[]): void {
  if (!person) throw new AppError('unauthenticated')
  known.usage = { rows: person.rows ?? 0, bytes: person.bytes ?? 0 }
  known.lists.clear()
  known.listIds.clear()
  for (const { id, name } of own) {
    known.listIds.add(id)
    if (!known.lists.has(name)) known.lists.set(name, id)
  }
}
