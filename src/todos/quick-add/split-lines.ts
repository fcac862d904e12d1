import { codePoints, isBlank } from '../../lib/text'
import { MAX_CONTENTS, MAX_OPERATIONS } from '../../limits'

/** As many as fit into one batch. */
export const MAX_LINES = MAX_OPERATIONS

export interface PastedLine {
  text: string
  /** Whether its box was ticked. */
  isDone: boolean
}

export interface PastedLines {
  lines: PastedLine[]
  /** The lines that make no to-do, as they were pasted. Blank ones are not among them. */
  leftOut: { text: string; why: 'too_many' | 'too_long' }[]
}

const LINE_END = /\r\n|[\n\r\u2028\u2029\u0085]/

/** A line under a heading, or between parts. */
const RULE = /^(?:[-*_=~─━]\s?){3,}$/

const BULLETS = '-*+•◦▪▸►‣⁃∙·・○●□■◇◆–—'
const MARKS = [
  /^#{1,6}\s+/,
  /^>\s*/,
  new RegExp(`^[${BULLETS}]\\s+`, 'u'),
  // These are nothing but bullets.
  /^[•◦▪▸►‣⁃∙]\s*/u,
  /^\(?\d{1,3}[.)](?=\s|\p{sc=Hangul})\s*/u,
  /^[①-⑳]\s*/u,
]

const BOX = /^(?:\[(?<mark>[ xX✓✔vV]?)\](?!\()|(?<open>[☐⬜])|(?<ticked>[☑☒✅✓✔]))\s*/u

/**
 * The lines of a pasted list, each to be a to-do: without bullets, numbers and boxes. Nothing else of them is read here.
 * @returns all lines that are not blank, either among `lines` or among `leftOut`
 */
export function splitLines(pasted: string): PastedLines {
  const found: PastedLines = { lines: [], leftOut: [] }
  for (const typed of pasted.split(LINE_END)) {
    const line = withoutMarks(typed.trim())
    if (line === null) continue
    const isLong = line.text.length > MAX_CONTENTS && codePoints(line.text) > MAX_CONTENTS
    if (isLong) found.leftOut.push({ text: typed, why: 'too_long' })
    else if (found.lines.length >= MAX_LINES) found.leftOut.push({ text: typed, why: 'too_many' })
    else found.lines.push(line)
  }
  return found
}

/** A line has a bullet, or a number, and then a box. Null if nothing is left. */
function withoutMarks(line: string): PastedLine | null {
  if (isBlank(line) || RULE.test(line)) return null
  const mark = MARKS.find((pattern) => pattern.test(line))
  const marked = mark ? line.replace(mark, '') : line
  const { mark: box, ticked } = BOX.exec(marked)?.groups ?? {}
  const text = marked.replace(BOX, '').trim()
  const isDone = ticked !== undefined || (box ?? ' ').trim() !== ''
  return isBlank(text) || /^[-*+]$/.test(text) ? null : { text, isDone }
}
