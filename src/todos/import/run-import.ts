import { AppError } from '../../errors'
import type { RefusalCode } from '../operations'
import { refusalsOf, tryToWrite, type Writer } from '../write'
import { chunksOf } from './chunks'
import { type Decision, decide } from './decide'
import type { Item } from './items'
import { type Known, readAgain } from './known'
import type { ReportCode } from './note-messages'
import { insertLists } from './own-lists'

/** How often a chunk is tried, if others change the same to-dos meanwhile. */
const MAX_TRIES = 5

/** How far an import is, in to-dos of the file. */
export interface Progress {
  done: number
  total: number
}

export interface Import {
  writer: Writer
  items: readonly Item[]
  known: Known
  /** Only says what would happen. */
  isDry: boolean
  /** What became of each to-do. It is complete when the import has ended. */
  decisions: Map<Item, Decision>
}

/**
 * Writes the to-dos of a file, chunk by chunk, and says after each chunk how far it is. Each to-do is decided just before its chunk is
 * written. A chunk is one transaction. Whoever breaks it off keeps what was written, and the same file again goes on from there.
 * @throws {AppError} `unauthenticated`, `unavailable`
 */
export async function* runImport(run: Import, now: number): AsyncGenerator<Progress> {
  const total = run.items.length
  let done = 0
  for (const chunk of chunksOf(run.items)) {
    await writeChunk(run, chunk, now)
    done += chunk.length
    yield { done, total }
  }
}

/**
 * The race: the person, or another import of the same file, changes a to-do while it is decided here. The statement leaves such a to-do out,
 * or refuses all of them. Then they are read and decided again.
 */
async function writeChunk(run: Import, chunk: readonly Item[], now: number): Promise<void> {
  const { writer, known, decisions, isDry } = run
  let left = decideAll(run, chunk, now)
  for (let tries = 0; left.length > 0 && !isDry; tries++) {
    if (tries === MAX_TRIES) throw new AppError('unavailable', { headers: { 'Retry-After': '1' } })
    const written = await writeItems(run, left, now)
    left = left.filter(({ id }) => !written.has(id))
    if (left.length === 0) return
    const operations = left.flatMap((item) => decisions.get(item)?.operation ?? [])
    const refusals = await refusalsOf(writer, operations, now)
    for (const item of left) detach(item, refusals.get(item.id))
    await readAgain(
      writer,
      known,
      left.map(({ id }) => id),
      now,
    )
    left = decideAll(run, left, now)
  }
}

/** @returns those that are to be written */
function decideAll({ decisions, known }: Import, items: readonly Item[], now: number): Item[] {
  return items.filter((item) => {
    const decision = decide(item, item.parent && (decisions.get(item.parent) ?? null), known, now)
    decisions.set(item, decision)
    return decision.operation !== null
  })
}

/** @returns the ids of those that were written */
async function writeItems({ writer, decisions }: Import, items: readonly Item[], now: number): Promise<Set<string>> {
  const decided = items.flatMap((item) => decisions.get(item) ?? [])
  const operations = decided.flatMap(({ operation }) => operation ?? [])
  const lists = decided.flatMap(({ newList }) => newList ?? [])
  const before =
    lists.length === 0 ? {} : { lists: insertLists({ ...writer.caller, now, lists: JSON.stringify(lists) }) }
  return tryToWrite(writer, operations, { now, before })
}

const DETACHING: Partial<Record<RefusalCode, ReportCode>> = {
  no_such_parent: 'parent_left_out',
  nested_too_deep: 'parent_left_out',
  too_many_subtasks: 'too_many_subtasks',
}

/** The to-do that it is under may have become a subtask here, or may have too many. Then it stands by itself. */
function detach(item: Item, refusal: RefusalCode | undefined): void {
  const because = refusal && DETACHING[refusal]
  if (because === undefined) return
  item.detachedBecause = because
  item.parent = null
}
