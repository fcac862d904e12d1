import type { Todo } from '../schemas'

/** A to-do as files have it: with the name of its list. */
export interface ExportedTodo extends Todo {
  list: string | null
}

/** How a format writes to-dos, one after another. */
export interface FileWriter {
  start: string
  todo: (todo: ExportedTodo) => string
  end: string
}
