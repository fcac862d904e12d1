/** The fields that people change. */
export interface TodoFields {
  contents: string
  description: string | null
  priority: 'none' | 'low' | 'medium' | 'high' | 'urgent'
  isDone: boolean
  labels: string[]
  /** ISO 8601 with `Z` or an offset. */
  dueAt: string | null
}

export type Field = keyof TodoFields

/** A to-do as the server gives it. */
export interface Todo extends TodoFields {
  id: string
  completedAt: string | null
  createdAt: string
  updatedAt: string
  version: number
}

const EMPTY = { description: null, priority: 'none', isDone: false, labels: [], dueAt: null } as const

const FIELDS = ['contents', 'description', 'priority', 'isDone', 'labels', 'dueAt'] as const satisfies Field[]

/** Takes the fields of a to-do that was made here. Those that are left out are empty. */
export const newFields = (given: Pick<TodoFields, 'contents'> & Partial<TodoFields>): TodoFields => ({
  ...EMPTY,
  labels: [],
  contents: given.contents,
  ...readFields(given),
})

/**
 * The fields that `given` has, written as the server writes them. Otherwise what the server answers would look like a change that
 * another device has made. What the server would refuse stays as it is.
 */
export function readFields(given: Partial<TodoFields>): Partial<TodoFields> {
  const named = FIELDS.filter((field) => given[field] !== undefined)
  return Object.fromEntries(named.map((field) => [field, asServerWrites(field, given[field])]))
}

function asServerWrites(field: Field, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => asServerWrites(field, one))
  if (typeof value !== 'string') return value
  const time = field === 'dueAt' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? value.normalize('NFC') : new Date(time).toISOString()
}

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
  dueAt: todo.dueAt,
})

/** What a PATCH from one to the other names. */
export function patchTo(to: TodoFields, from: TodoFields): Partial<TodoFields> {
  return Object.fromEntries(differingFields(from, to).map((field) => [field, to[field]]))
}
