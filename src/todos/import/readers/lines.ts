import type { Place } from '../found-todo'

/** Each line of a text, without what ends it. A text that ends with a line feed has no line after it. */
export function* eachLine(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    let end = start
    while (end < text.length && !isLineEnd(text.charCodeAt(end))) end++
    yield text.slice(start, end)
    start = text.startsWith('\r\n', end) ? end + 2 : end + 1
  }
}

const isLineEnd = (unit: number): boolean => unit === 10 || unit === 13

export const at = (line: number, lastLine = line): Place => ({ line, lastLine })
