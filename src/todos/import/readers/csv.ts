import type { Place } from '../found-todo'

/** A record of a CSV file. */
export interface CsvRecord extends Place {
  cells: string[]
  /** The file ended within quotes: the record may be the rest of the file. */
  isUnclosed: boolean
}

/** Far more than a description may have. What follows is left out, so that a file of quotation marks does not fill the memory. */
const MAX_CELL = 100_000

/** More columns have no name that we know. */
const MAX_CELLS = 100

/**
 * Reads CSV after RFC 4180, with quotes over several lines. Line ends may be of any kind, and the delimiter may be another one:
 * spreadsheets write `;` where the comma is in numbers, and tabs in UTF-16. This is what a library would do for 7 kB (papaparse,
 * csv-parse); those also guess types, stream, and repair quotes in the middle of a cell. Such a quote is a character here.
 */
export function* readCsv(text: string, delimiter: string): Generator<CsvRecord> {
  let at = 0
  for (let line = 1; at < text.length; ) {
    const record: CsvRecord = { line, lastLine: line, cells: [], isUnclosed: false }
    let isLast = false
    while (!isLast) {
      const cell = text[at] === '"' ? quotedCell(text, at) : { text: '', end: at, lineEnds: 0, isUnclosed: false }
      const rest = plainCell(text, cell.end, delimiter)
      if (record.cells.length < MAX_CELLS) record.cells.push(cell.text + text.slice(cell.end, rest))
      record.lastLine += cell.lineEnds
      record.isUnclosed ||= cell.isUnclosed
      isLast = text[rest] !== delimiter
      at = rest + 1
    }
    if (text[at - 1] === '\r' && text[at] === '\n') at++
    line = record.lastLine + 1
    yield record
  }
}

/** Where a cell without quotes ends. */
function plainCell(text: string, start: number, delimiter: string): number {
  let end = start
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end++
  return end
}

function quotedCell(text: string, start: number): { text: string; end: number; lineEnds: number; isUnclosed: boolean } {
  let quote = text.indexOf('"', start + 1)
  // A quote that is written twice is one character of the cell.
  while (quote >= 0 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2)
  const isUnclosed = quote < 0
  const typed = text.slice(start + 1, isUnclosed ? text.length : quote)
  const cell = typed.slice(0, MAX_CELL).replaceAll('""', '"')
  // At the end of the file a line feed begins no other line.
  const lineEnds = countLineEnds(isUnclosed ? typed.replace(/\r?\n$|\r$/, '') : typed)
  return { text: cell, end: isUnclosed ? text.length : quote + 1, lineEnds, isUnclosed }
}

function countLineEnds(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 10 || (unit === 13 && text.charCodeAt(at + 1) !== 10)) count++
  }
  return count
}
