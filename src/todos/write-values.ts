import { AppError } from '../errors'
import type { Caller } from '../sessions/sessions'
import { TOMBSTONE_LIFE_MS } from './changes'
import { dueColumnsOf, NOT_DUE } from './due'
import { foldText } from './fold'
import type { Operation } from './operations'
import { PRIORITIES, type TodoPatch } from './schemas'
import { bytesOf, type TodoUsage } from './usage'
import type { WriteValues } from './write-sql'

/*
 * Operations as the statements of `write-sql.ts` take them.
 */

/** The longest value that D1 takes. */
const MAX_PARAMETER_BYTES = 2_000_000

/**
 * A parameter for `json_each`.
 * @throws {AppError} `content_too_large`
 */
function jsonParameter(values: unknown[]): string {
  const json = JSON.stringify(values)
  // A UTF-16 unit takes at most three bytes in UTF-8, so most values need no encoding to know that they fit.
  if (json.length * 3 > MAX_PARAMETER_BYTES && new TextEncoder().encode(json).byteLength > MAX_PARAMETER_BYTES) {
    throw new AppError('content_too_large')
  }
  return json
}

/** The texts of a patch as their columns store them. */
const textsOf = ({ contents, description, labels }: TodoPatch) => ({ contents, description, labels })

/** The same as `q` searches them. */
const foldedTextsOf = ({ contents, description }: TodoPatch) => ({
  ...(contents !== undefined && { contents: foldText(contents) }),
  ...(description !== undefined && { description: foldText(description ?? '') }),
})

/** The other fields of an operation as their columns store them. A whole to-do that names no due date has none. */
function fieldsOf(operation: Operation) {
  if (!('patch' in operation)) return {}
  const { contents, description, labels, priority, due, dueAt, ...same } = operation.patch
  const dueColumns = dueColumnsOf(operation.patch) ?? (operation.op === 'update' ? {} : NOT_DUE)
  return { ...same, ...dueColumns, ...(priority !== undefined && { priority: PRIORITIES.indexOf(priority) }) }
}

/** What an operation says, as it is stored. */
export const toColumns = (operation: Operation) => ({ ...textsOf(patchOf(operation)), ...fieldsOf(operation) })

const patchOf = (operation: Operation): TodoPatch => ('patch' in operation ? operation.patch : {})

/** An operation without its texts. */
const judgedPart = (operation: Operation) => ({
  ...operation,
  patch: undefined,
  fields: fieldsOf(operation),
  bytes: bytesOf(patchOf(operation)),
})

/** Some operations of a caller, each about a different to-do, and how much the caller may have. */
export interface Writing {
  caller: Caller
  operations: readonly Operation[]
  quota: TodoUsage
  maxFollowers: number
  now: number
}

/** @throws {AppError} `content_too_large` */
export function writeValues({ caller, operations, quota, maxFollowers, now }: Writing): WriteValues {
  return {
    sessionId: caller.sessionId,
    userId: caller.userId,
    now,
    operations: jsonParameter(operations.map(judgedPart)),
    texts: jsonParameter(operations.map((one) => textsOf(patchOf(one)))),
    folded: jsonParameter(operations.map((one) => foldedTextsOf(patchOf(one)))),
    forgottenUntil: now - TOMBSTONE_LIFE_MS,
    maxRows: quota.rows,
    maxBytes: quota.bytes,
    maxFollowers,
  }
}
