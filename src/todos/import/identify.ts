import { sha256 } from '../../lib/sha256'
import { derivedId } from '../derived-id'
import type { FoundTodo } from './found-todo'

/*
 * What tells a second import which to-dos are there already, and which of them the file has changed.
 */

/** Where a to-do of a file comes from. */
export interface Source {
  userId: string
  format: string
}

/** The id of a to-do of a file: always the same for a user, a format and what names the to-do there. */
export const importedId = ({ userId, format }: Source, sourceId: string): Promise<string> =>
  derivedId('import', userId, format, sourceId)

/** The id of a list that an import makes. */
export const importedListId = (userId: string, name: string): Promise<string> => derivedId('list', userId, name)

const HASH_LENGTH = 16

/**
 * A short hash of what a file says of a to-do. It is the same on every day that the file is read, so of words such as `tomorrow` it has the
 * words and not the date.
 */
export async function hashOf(todo: FoundTodo): Promise<string> {
  const { contents, description, priority, labels, isDone, completedAt, createdAt, parent, list } = todo
  const due = todo.dueWords ?? [todo.due, todo.rule]
  const said = [contents, description, priority, labels, isDone, completedAt, createdAt, due, parent, list]
  return (await sha256(JSON.stringify(said))).slice(0, HASH_LENGTH)
}

/** What `import_hash` has: the hash, and the version that the import left. Who changes the to-do leaves another version. */
export const writeImportHash = (hash: string, version: number): string => `${hash}.${version}`

/** @returns null if no import has written it */
export function readImportHash(text: string | null): { hash: string; version: number } | null {
  const [hash, version] = text?.split('.') ?? []
  return hash === undefined || version === undefined ? null : { hash, version: Number(version) }
}
