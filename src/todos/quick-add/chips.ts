import type { TodoInput } from '../schemas'

/** Where a chip stands in the text, in UTF-16 units, and what is written there. */
interface Place {
  start: number
  end: number
  typed: string
}

/**
 * What a piece of the text is understood as. Day and time may stand apart, as in `tomorrow call mum 5pm`: then there is a chip for each,
 * and both have the whole due date.
 */
export type Chip = Place &
  (
    | { kind: 'due'; part: 'all' | 'day' | 'time'; due: string }
    | { kind: 'recurrence'; recurrence: string; due: string }
    | { kind: 'priority'; priority: TodoInput['priority'] }
    | { kind: 'label'; label: string }
    | { kind: 'list'; listId: string; name: string }
  )

export interface QuickList {
  id: string
  name: string
}
