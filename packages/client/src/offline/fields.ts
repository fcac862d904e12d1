import { dueColumnsOf, dueText, readDue, toDueColumns } from '../../../../src/todos/due'
import { defaultPosition } from '../position'

/** The fields that people change. */
export interface TodoFields {
  contents: string
  description: string | null
  priority: 'none' | 'low' | 'medium' | 'high' | 'urgent'
  isDone: boolean
  labels: string[]
  /** A day, such as `2026-12-24`, or a time with its zone, such as `2026-12-24T18:00:00[Asia/Seoul]`. */
  due: string | null
  /** By which rule it comes again (RFC 5545), such as `FREQ=WEEKLY;BYDAY=MO,TH`. */
  recurrence: string | null
  /** The to-do that this one is a subtask of. */
  parentId: string | null
  /** A subtask is in the list of its parent. */
  listId: string | null
  /** Where it stands among others: see `positionBetween` of `@latchkey/client`. Null: where its creation puts it. */
  position: string | null
}

export type Field = keyof TodoFields

/** What an app gives to change a to-do. `dueAt` is another way to say `due`: ISO 8601 with `Z` or an offset. If both are there, `due` counts. */
export type TodoPatch = Partial<TodoFields> & { dueAt?: string | null }

/** What an app gives to make one. */
export type NewTodo = Pick<TodoFields, 'contents'> & TodoPatch

/** A to-do as the server gives it. */
export interface Todo extends TodoFields {
  id: string
  /** When it is due. Null for a whole day. */
  dueAt: string | null
  completedAt: string | null
  createdAt: string
  updatedAt: string
  version: number
}

const EMPTY: TodoFields = {
  contents: '',
  description: null,
  priority: 'none',
  isDone: false,
  labels: [],
  due: null,
  recurrence: null,
  parentId: null,
  listId: null,
  position: null,
}

const FIELDS = [
  'contents',
  'description',
  'priority',
  'isDone',
  'labels',
  'due',
  'recurrence',
  'parentId',
  'listId',
  'position',
] as const satisfies Field[]

/** Takes the fields of a to-do that was made here. Those that are left out are empty. */
export const newFields = (given: NewTodo): TodoFields => ({
  ...EMPTY,
  contents: given.contents,
  ...readFields(given),
})

/**
 * The fields that `given` has, written as the server writes them. Otherwise what the server answers would look like a change that
 * another device has made. What the server would refuse stays as it is.
 */
export function readFields(given: TodoPatch): Partial<TodoFields> {
  const named = FIELDS.filter((field) => given[field] !== undefined)
  const read = Object.fromEntries(named.map((field) => [field, asServerWrites(field, given[field])]))
  if (given.due === undefined && given.dueAt !== undefined) read['due'] = dueOfInstant(given.dueAt)
  // What is not due does not come again.
  return read['due'] === null ? { recurrence: null, ...read } : read
}

function asServerWrites(field: Field, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => asServerWrites(field, one))
  if (typeof value !== 'string') return value
  if (field === 'parentId' || field === 'listId') return value.toLowerCase()
  const due = field === 'due' ? readDue(value) : null
  return due ? dueText(toDueColumns(due)) : value.normalize('NFC')
}

function dueOfInstant(dueAt: string | null): string | null {
  const ms = dueAt === null ? Number.NaN : Date.parse(dueAt)
  return Number.isNaN(ms) ? dueAt : dueText({ dueAt: ms, dueZone: 'UTC' })
}

/** The instant at which it is due. Null for a whole day, and for what the server will refuse. */
function instantOfDue(due: string | null): string | null {
  const { dueAt, dueZone } = dueColumnsOf({ due }) ?? {}
  return typeof dueAt === 'number' && dueZone ? new Date(dueAt).toISOString() : null
}

/** What the server will answer beside the fields, as far as they decide it. */
export const derivedFrom = ({ due, position }: TodoFields, createdAt: string) => ({
  dueAt: instantOfDue(due),
  position: position ?? defaultPosition(Date.parse(createdAt)),
})

export const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The fields whose values differ. */
export const differingFields = (one: TodoFields, other: TodoFields): Field[] =>
  FIELDS.filter((field) => !isSame(one[field], other[field]))

/** The fields of a to-do, without what the server keeps beside them. */
export const fieldsOf = (todo: TodoFields): TodoFields => ({
  contents: todo.contents,
  description: todo.description,
  priority: todo.priority,
  isDone: todo.isDone,
  labels: todo.labels,
  due: todo.due,
  recurrence: todo.recurrence,
  parentId: todo.parentId,
  listId: todo.listId,
  position: todo.position,
})

/** What a PATCH from one to the other names. */
export function patchTo(to: TodoFields, from: TodoFields): Partial<TodoFields> {
  return Object.fromEntries(differingFields(from, to).map((field) => [field, to[field]]))
}
