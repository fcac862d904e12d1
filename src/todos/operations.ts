import { AppError } from '../errors'
import type { Conditions } from '../http/etag'
import { MAX_SUBTASKS } from '../limits'
import type { DueColumns } from './due'
import type { TodoPatch } from './schemas'
import type { TodoRow } from './todo'

/** What an operation may set: what the API takes, and what imports bring with them. */
export interface StoredPatch extends TodoPatch {
  /** Times (ms) of a to-do that is new here, but not elsewhere. */
  createdAt?: number
  completedAt?: number
  importHash?: string
}

/** What follows from completing a recurring to-do: see `recurring.ts`. It holds if the to-do is as it was worked out from. */
export type NextOccurrence = {
  fromDueAt: number
  fromDueZone: string | null
  fromRecurrence: string
} & (
  | /** It was the last one. */ { id: null }
  | ({
      id: string
      recurrence: string
      subtasks: { of: string; id: string; dueAt: number | null; dueZone: string | null }[]
    } & DueColumns)
)

/**
 * One change of one to-do. `put` makes a to-do or replaces all of it. `update` changes only the fields in its patch. The patch of
 * `create` and `put` has all fields. With `hasOwnId`, the client chose the id of a new to-do; otherwise it was made for this request.
 */
export type Operation = { id: string } & (
  | { op: 'create'; patch: StoredPatch; hasOwnId?: true }
  | ({
      op: 'put' | 'update'
      patch: StoredPatch
      next?: NextOccurrence
      /** The to-do that is taken back, if nobody has touched it, because this one is opened again. */
      undoes?: string
    } & Conditions)
  | ({ op: 'delete' } & Conditions)
  | { op: 'restore' }
)

/** A to-do after an operation, and whether it existed before. */
export interface WrittenTodo {
  row: TodoRow
  existed: boolean
}

/** Why a field of an operation is refused, and what to say of it. */
const FIELD_REFUSALS = {
  no_such_parent: { field: 'parentId', message: 'There is no such to-do' },
  nested_too_deep: { field: 'parentId', message: 'A subtask has no subtasks' },
  too_many_subtasks: { field: 'parentId', message: `Has ${MAX_SUBTASKS} subtasks already` },
  no_such_list: { field: 'listId', message: 'There is no such list' },
  recurrence_without_due: { field: 'recurrence', message: 'Needs a due date' },
  recurrence_of_subtask: { field: 'recurrence', message: 'A subtask does not come again by itself' },
} as const

type FieldRefusal = keyof typeof FIELD_REFUSALS

/** Why an operation is refused. */
export type RefusalCode = 'not_found' | 'precondition_failed' | FieldRefusal

const isFieldRefusal = (code: RefusalCode): code is FieldRefusal => Object.hasOwn(FIELD_REFUSALS, code)

/** The operation at `index` is refused, so no operation was done. */
export class RefusedOperation extends AppError {
  override name = 'RefusedOperation'

  constructor(
    readonly reason: RefusalCode,
    readonly index: number,
  ) {
    super(
      isFieldRefusal(reason) ? 'invalid_fields' : reason,
      isFieldRefusal(reason) ? { errors: [errorOf(reason, '')] } : {},
    )
  }

  /** The error of its field. `path` points to the fields of the operation. Null if no field is at fault. */
  fieldError(path: string) {
    return isFieldRefusal(this.reason) ? errorOf(this.reason, path) : null
  }
}

const errorOf = (reason: FieldRefusal, path: string) => {
  const { field, message } = FIELD_REFUSALS[reason]
  return { path: `${path}/${field}`, code: reason, message }
}
