// Whether the code that is running survives a migration. The migration comes first and the code after it, so for a while old code works
// with the new tables, and after a failure it goes on doing so. So a migration may only add. A comment above a statement allows more:
//
//     -- survives: no released code reads this column since 1.4
//
// A table that other tables refer to is never dropped: on D1 that deletes everything that belongs to its rows.

import { unstable_splitSqlQuery } from 'wrangler'

const MARK = /^[ \t]*--[ \t]*survives:[ \t]*\S/m

/**
 * @param {{ name: string, sql: string }[]} applied the migrations that the database has
 * @param {{ name: string, sql: string }[]} pending those that it would get, in order
 * @returns {string[]} what the running code does not survive, in words
 */
export function findUnsafe(applied, pending) {
  /** Which tables each table refers to. @type {Map<string, Set<string>>} */
  const references = new Map()
  for (const { sql } of applied) for (const { text } of statementsOf(sql)) follow(references, text)
  /** Tables that the running code does not know. */
  const added = new Set()
  return pending.flatMap(({ name, sql }) =>
    statementsOf(sql).flatMap(({ text, isMarked }) => {
      const fault = faultOf(text, { isMarked, added, references })
      const made = /^CREATE TABLE (?:IF NOT EXISTS )?(\w+)/i.exec(text)?.[1]
      if (made !== undefined) added.add(made)
      follow(references, text)
      return fault === undefined ? [] : [`${name}: ${fault}\n    ${text.slice(0, 120)}`]
    }),
  )
}

function statementsOf(sql) {
  return sql
    .split('--> statement-breakpoint')
    .flatMap((part) => unstable_splitSqlQuery(part))
    .map((statement) => ({ text: plain(statement), isMarked: MARK.test(statement) }))
    .filter(({ text }) => text !== '')
}

/** Without comments and quotes of names, on one line. Texts in quotes become empty, so that no word in them counts. */
const plain = (statement) =>
  statement
    .replace(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g, (part) => (part.startsWith("'") ? "''" : ' '))
    .replace(/[`"[\]]/g, '')
    .replace(/\s+/g, ' ')
    .trim()

function follow(references, text) {
  const made = /^CREATE TABLE (?:IF NOT EXISTS )?(\w+)/i.exec(text)?.[1]
  const targets = [...text.matchAll(/\bREFERENCES (\w+)/gi)].map(([, table]) => table)
  if (made !== undefined) references.set(made, new Set(targets))
  const altered = /^ALTER TABLE (\w+)/i.exec(text)?.[1]
  for (const target of targets) if (altered !== undefined) references.get(altered)?.add(target)
  const dropped = /^DROP TABLE (?:IF EXISTS )?(\w+)/i.exec(text)?.[1]
  if (dropped !== undefined) references.delete(dropped)
}

/**
 * @param {string} text
 * @param {{ isMarked: boolean, added: Set<string>, references: Map<string, Set<string>> }} known
 * @returns {string | undefined}
 */
function faultOf(text, { isMarked, added, references }) {
  const dropped = /^DROP TABLE (?:IF EXISTS )?(\w+)/i.exec(text)?.[1]
  const children = [...references].filter(([table, targets]) => table !== dropped && targets.has(dropped))
  if (dropped !== undefined && children.length > 0) {
    return `drops ${dropped}, and with it every row of ${children.map(([table]) => table).join(', ')} that refers to it`
  }
  if (isMarked || adds(text, added)) return undefined
  if (/^(DROP|ALTER TABLE \w+ DROP)/i.test(text)) return 'drops something that the running code may use'
  if (/\bRENAME\b/i.test(text)) return 'renames something that the running code may use'
  if (/^(INSERT|UPDATE|DELETE|REPLACE)/i.test(text)) return 'changes rows that the running code works with'
  if (/^CREATE UNIQUE INDEX/i.test(text)) return 'forbids rows that the running code may write'
  if (/^ALTER TABLE \w+ ADD/i.test(text)) return 'adds a column that the running code cannot leave out'
  return 'is nothing that only adds'
}

/** Whether a statement only adds, so that code that knows nothing of it works as before. */
function adds(text, added) {
  if (/^CREATE (TABLE|VIEW|INDEX)\b/i.test(text)) return true
  if (/^PRAGMA (foreign_keys|defer_foreign_keys|optimize)\b/i.test(text)) return true
  if (/^ALTER TABLE \w+ ADD\b/i.test(text)) return !/\bNOT NULL\b/i.test(text) || /\bDEFAULT\b/i.test(text)
  const table =
    /^CREATE UNIQUE INDEX (?:IF NOT EXISTS )?\w+ ON (\w+)/i.exec(text)?.[1] ??
    /^(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE|DELETE FROM) (\w+)/i.exec(text)?.[1]
  // drizzle-kit rebuilds a table by way of a copy with this prefix. The copy is new, and the table is not.
  return table !== undefined && added.has(table) && !table.startsWith('__new_')
}

export const HOW_TO_CHANGE = `A migration may only add, because the code that runs now works with its tables.
  1. Add what is new, and deploy code that no longer uses what is old.
  2. In a later release, remove the old. Write above that statement why the running code does without it:
     -- survives: no released code reads this column since 1.4
A column that must not be null needs a default. drizzle-kit rebuilds a table for a change of a constraint: make that check in the code.`
