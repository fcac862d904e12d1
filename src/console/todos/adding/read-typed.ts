import type * as z from 'zod'
import { DAY_MS, SECOND_MS } from '../../../lib/time'
import type { List } from '../../../todos/lists/schemas'
import { type QuickAdd, readQuickAdd } from '../../../todos/quick-add/read-quick-add'
import type { PageContext } from '../../page/console-env'
import { text } from '../../page/form'
import { type Reader, readReader } from '../../page/person'
import { readLists } from '../lists/read-lists'

/** What the form that adds a to-do sends of what was typed, and of the chips below it. */
export const typedFields = {
  contents: text,
  /** Where the chips begin that the form shows, such as `9,18`. Those whose box `chip-9` is not ticked do not count. */
  shown: text,
  /** Where chips were taken off before. */
  off: text,
  /** When it was typed (ms), if that was before it could be sent. */
  typedAt: text,
}

export type TypedFields = z.output<z.ZodObject<typeof typedFields>>

export interface TypedTodo {
  reader: Reader
  quick: QuickAdd
  /** The lists of the person, if the text may name one. */
  lists: List[]
  off: number[]
}

/** Reads what was typed as a to-do, in the language and the time zone of the person. */
export async function readTyped(c: PageContext, fields: TypedFields): Promise<TypedTodo> {
  const { contents } = fields
  const [reader, lists, off] = await Promise.all([
    readReader(c),
    contents.includes('+') ? readLists(c) : [],
    offChips(c, fields),
  ])
  const { zone, locale, now } = reader
  const quick = readQuickAdd(contents, { now: timeOf(fields, now), zone, locale, lists, except: off })
  return { reader, quick, lists, off }
}

/** A text waits for a network as long as an idempotency key lives, and some days more. */
const LONGEST_WAIT_MS = 30 * DAY_MS

/** Clocks differ. */
const TOLERANCE_MS = 5 * SECOND_MS

/** When it was typed: “tomorrow” means the day after that one. A time that cannot be true is now. */
export function timeOf({ typedAt }: Pick<TypedFields, 'typedAt'>, now: number): number {
  const at = Number(typedAt)
  const isLikely = typedAt !== '' && at > now - LONGEST_WAIT_MS && at < now + TOLERANCE_MS
  return isLikely ? at : now
}

async function offChips(c: PageContext, { shown, off }: TypedFields): Promise<number[]> {
  const form = await c.req.formData()
  const taken = startsIn(shown).filter((start) => !form.has(`chip-${start}`))
  return [...new Set([...startsIn(off), ...taken])]
}

/** A text has fewer chips than this. */
const MAX_CHIPS = 100

const startsIn = (list: string): number[] => (list.match(/\d+/g) ?? []).slice(0, MAX_CHIPS).map(Number)
