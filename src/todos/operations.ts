import { AppError } from '../errors'
import type { Conditions } from '../http/etag'
import type { TodoPatch } from './schemas'
import type { TodoRow } from './todo'

/**
 * One change of one to-do. `put` makes a to-do or replaces all of it. `update` changes only the fields in its patch. The patch of
 * `create` and `put` has all fields. With `hasOwnId`, the client chose the id of a new to-do; otherwise it was made for this request.
 */
export type Operation = { id: string } & (
  | { op: 'create'; patch: TodoPatch; hasOwnId?: true }
  | ({ op: 'put' | 'update'; patch: TodoPatch } & Conditions)
  | ({ op: 'delete' } & Conditions)
  | { op: 'restore' }
)

/** A to-do after an operation, and whether it existed before. */
export interface WrittenTodo {
  row: TodoRow
  existed: boolean
}

/** Why an operation is refused. */
export type RefusalCode = 'not_found' | 'precondition_failed'

/** The operation at `index` is refused, so no operation was done. */
export class RefusedOperation extends AppError {
  override name = 'RefusedOperation'

  constructor(
    code: RefusalCode,
    readonly index: number,
  ) {
    super(code)
  }
}
