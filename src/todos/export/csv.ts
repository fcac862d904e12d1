import type { ExportedTodo, FileWriter } from './exported-todo'

/*
 * CSV (RFC 4180), for spreadsheets. The columns have the names of our fields.
 */

const COLUMNS = [
  'id',
  'contents',
  'description',
  'priority',
  'isDone',
  'labels',
  'due',
  'dueAt',
  'recurrence',
  'list',
  'parentId',
  'position',
  'completedAt',
  'createdAt',
  'updatedAt',
] as const satisfies (keyof ExportedTodo)[]

/** Without it, Excel reads UTF-8 as the character set of the computer. Google Sheets and our own import leave it out. */
const BYTE_ORDER_MARK = '\uFEFF'

/**
 * Spreadsheets take a cell that begins so for a formula, quoted or not. A to-do may come from a shared file or an e-mail, and a formula can
 * send the other cells to somebody. So such a cell begins with an apostrophe (OWASP, CSV Injection). The JSON has the text as it is.
 */
const FORMULA = /^[\s\uFEFF]*[=+\-@＝＋－＠]|^[\t\r\n]/

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/

export const csvWriter = (): FileWriter => ({
  start: BYTE_ORDER_MARK + recordOf(COLUMNS),
  todo: (todo) => recordOf(COLUMNS.map((column) => textOf(todo[column]))),
  end: '',
})

function textOf(value: ExportedTodo[(typeof COLUMNS)[number]]): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '')
  return FORMULA.test(text) ? `'${text}` : text
}

const recordOf = (cells: readonly string[]): string =>
  `${cells.map((cell) => (NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`
