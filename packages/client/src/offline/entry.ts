import { derivedFrom, differingFields, fieldsOf, patchTo, type Todo, type TodoFields } from './fields'
import { idTime } from './uuid'

/*
 * What the device keeps of one to-do: what the server last said, and how the to-do should be. What is to be sent is the difference
 * of the two, so several edits need no list, and what was undone sends nothing.
 */

/** How a to-do is, or should be. A deleted one keeps its fields, because the deletion can be undone. */
export interface State {
  fields: TodoFields
  isDeleted: boolean
}

/** A state that somebody chose on this device, and when (ms). */
export interface Wanted extends State {
  at: number
  /** When somebody completed it here. What was completed together is reopened together. */
  doneAt?: number
}

/** One change, as `POST /todos/batch` takes it. */
export type Operation =
  | { op: 'create'; id: string; todo: TodoFields }
  | { op: 'update'; id: string; patch: Partial<TodoFields>; ifMatch: string }
  | { op: 'delete'; id: string; ifMatch: string }
  | { op: 'restore'; id: string }

/** Why the server refused an operation (RFC 9457). */
export interface Problem {
  code: string
  title?: string
  detail?: string
  errors?: { path: string; code: string; message: string }[]
}

export interface Entry {
  id: string
  /** As the server last said, also after a deletion. Null if the server has never said that it has this to-do. */
  server: Todo | null
  /** Whether the server said that it is deleted, and when. */
  deletedAt?: string
  /** How the to-do should be. Absent if that is how it is on the server. */
  wanted?: Wanted
  /**
   * How it will be on the server after the batch that is under way, also where that only changes its parent. A subtask keeps it until the
   * changes have been read, because the batch is not answered for it.
   */
  sent?: State
  /**
   * What the server may have of a new to-do: it may have been made so, by a request whose answer was lost. Or the server had forgotten it in
   * this state, and another device may make it again, too.
   */
  tried?: TodoFields
  /** The server refused what is wanted. It waits for the app. */
  refusal?: { operation: Operation; problem: Problem }
  /** The last reading from the beginning that has shown this to-do. */
  readIn?: number
}

/** A to-do as this device shows it. */
export interface OfflineTodo extends Todo {
  position: string
  /** `waiting`: not everything that was done here is on the server yet. `refused`: the server has refused it. */
  state: 'synced' | 'waiting' | 'refused'
}

/** How the server has it. Undefined if it has never had it, as far as this device knows. */
export const serverState = ({ server, deletedAt }: Entry): State | undefined =>
  server ? { fields: fieldsOf(server), isDeleted: deletedAt !== undefined } : undefined

/** How this device shows it. */
export const shownState = (entry: Entry): State | undefined => entry.wanted ?? serverState(entry)

/** A to-do that the server has not answered yet. */
export const draftOf = (id: string, fields: TodoFields): Todo => {
  const createdAt = new Date(idTime(id)).toISOString()
  const derived = derivedFrom(fields, createdAt)
  return { ...fields, ...derived, id, completedAt: null, createdAt, updatedAt: createdAt, version: 0 }
}

/** The to-do as this device shows it, or undefined if it is deleted. */
export function toOfflineTodo(entry: Entry): OfflineTodo | undefined {
  const { id, server, wanted, refusal } = entry
  const shown = shownState(entry)
  if (!shown || shown.isDeleted) return undefined
  const state = refusal ? 'refused' : wanted ? 'waiting' : 'synced'
  const known = server ?? draftOf(id, shown.fields)
  const derived = derivedFrom(shown.fields, known.createdAt)
  if (!wanted) return { ...known, position: derived.position, state }
  const completedAt = completionOf(entry)
  return { ...known, ...shown.fields, ...derived, updatedAt: isoTime(wanted.at), completedAt, state }
}

const isoTime = (ms: number): string => new Date(ms).toISOString()

/** When it was completed, as this device shows it. Null while it is open. */
export function completionOf({ server, wanted }: Entry): string | null {
  if (!wanted) return server?.completedAt ?? null
  return wanted.fields.isDone ? (server?.completedAt ?? isoTime(wanted.doneAt ?? wanted.at)) : null
}

/** When it was deleted, as this device shows it. Null if it is not. */
export const deletionOf = ({ deletedAt, wanted }: Entry): string | null =>
  wanted ? (wanted.isDeleted ? isoTime(wanted.at) : null) : (deletedAt ?? null)

/** The next operation that brings the server to what is wanted. Undefined if there is none, or if it waits for something. */
export function operationOf(entry: Entry): Operation | undefined {
  if (!entry.wanted || entry.sent || entry.refusal) return undefined
  return difference(entry, entry.wanted)
}

function difference({ id, server, deletedAt }: Entry, { fields, isDeleted }: State): Operation | undefined {
  if (!server) return isDeleted ? undefined : { op: 'create', id, todo: toMake(fields) }
  if (deletedAt !== undefined) return isDeleted ? undefined : { op: 'restore', id }
  const ifMatch = `"${server.version}"`
  if (isDeleted) return { op: 'delete', id, ifMatch }
  const patch = patchTo(fields, server)
  return Object.keys(patch).length > 0 ? { op: 'update', id, patch, ifMatch } : undefined
}

/** One that comes again and is done already is made open first: completing it is what makes the next one. */
const toMake = (fields: TodoFields): TodoFields => (fields.recurrence === null ? fields : { ...fields, isDone: false })

/** How the to-do will be on the server once the operation is done. */
export function stateAfter({ server }: Entry, operation: Operation, { fields }: State): State {
  if (operation.op === 'create') return { fields: operation.todo, isDeleted: false }
  if (operation.op === 'update') return { fields, isDeleted: false }
  return { fields: server ? fieldsOf(server) : fields, isDeleted: operation.op === 'delete' }
}

/** The entry without the wish, if the wish is how the server has it and nothing is under way. */
export function settle(entry: Entry): Entry {
  const { wanted, refusal: _, ...others } = entry
  if (!wanted || entry.sent) return entry
  const server = serverState(entry)
  const isReached =
    server && server.isDeleted === wanted.isDeleted && differingFields(server.fields, wanted.fields).length === 0
  // What was deleted on both sides is gone, whatever its fields were.
  return isReached || (server?.isDeleted && wanted.isDeleted) ? others : entry
}
