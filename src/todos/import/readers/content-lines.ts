import type { Place } from '../found-todo'
import { eachLine } from './lines'

/*
 * RFC 5545, 3.1: lines, which are folded, and have a name, parameters and a value. ical.js would do this and the rest of the format for
 * 23 kB of gzip, of which we need these 100 lines; its recurrence is not the one that we have, and it throws where one line is wrong.
 */

export interface ContentLine {
  name: string
  params: Map<string, string>
  value: string
  /** All of it. */
  text: string
}

/** A line that goes on in the lines after it, which begin with a space. */
export interface UnfoldedLine extends Place {
  text: string
}

export function* unfold(text: string): Generator<UnfoldedLine> {
  let parts: string[] = []
  let line = 0
  let start = 1
  for (const typed of eachLine(text)) {
    line++
    if (parts.length > 0 && (typed.startsWith(' ') || typed.startsWith('\t'))) parts.push(typed.slice(1))
    else {
      if (parts.length > 0) yield { line: start, lastLine: line - 1, text: parts.join('') }
      parts = [typed]
      start = line
    }
  }
  if (parts.length > 0) yield { line: start, lastLine: line, text: parts.join('') }
}

/** The name of a line, without its value; null if it has none. */
export function nameOf(text: string): string | null {
  const [name] = /^[A-Za-z0-9.-]{1,100}(?=[:;])/.exec(text.slice(0, 101)) ?? []
  // A group in front of a name, as in `item1.SUMMARY`, is of vCard, but some programs write it.
  return name === undefined ? null : name.slice(name.lastIndexOf('.') + 1).toUpperCase()
}

/** Names and parameters are longer in no program. */
const MAX_HEAD = 2000

/** The parts of a line; null if it has no name and value. A colon or semicolon within quotes belongs to a parameter. */
export function readContentLine(text: string): ContentLine | null {
  const name = nameOf(text)
  const marks = marksOf(text)
  const colon = marks.at(-1)
  if (name === null || colon === undefined || text[colon] !== ':') return null
  const params = new Map<string, string>()
  for (const [index, mark] of marks.slice(0, -1).entries()) {
    const [key = '', ...value] = text.slice(mark + 1, marks[index + 1]).split('=')
    params.set(key.toUpperCase(), value.join('=').replaceAll('"', ''))
  }
  return { name, params, value: text.slice(colon + 1), text }
}

/** Where the parameters begin, and last the colon before the value. */
function marksOf(text: string): number[] {
  const marks: number[] = []
  let isQuoted = false
  for (let at = 0; at < Math.min(text.length, MAX_HEAD); at++) {
    const letter = text[at]
    if (letter === '"') isQuoted = !isQuoted
    else if (!isQuoted && (letter === ';' || letter === ':')) marks.push(at)
    if (!isQuoted && letter === ':') break
  }
  return marks
}

/** Far more than a description may have, with a `\` before each character. */
const MAX_TEXT = 100_000

/** RFC 5545, 3.3.11: `\n`, `\,`, `\;` and `\\`. What is too long to be kept is not looked at. */
export const unescapeText = (value: string): string =>
  value.slice(0, MAX_TEXT).replace(/\\(.)/gs, (_, letter: string) => (letter === 'n' || letter === 'N' ? '\n' : letter))

/** Texts with commas between them, where `\,` is none. */
export function splitTexts(value: string): string[] {
  const texts: string[] = []
  let start = 0
  for (let at = 0; at <= value.length; at++) {
    if (value[at] === '\\') at++
    else if (at === value.length || value[at] === ',') {
      texts.push(unescapeText(value.slice(start, at)).trim())
      start = at + 1
    }
  }
  return texts
}
