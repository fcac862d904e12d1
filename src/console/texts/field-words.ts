import type { FieldError } from '../../errors'

/** What is said of a field error: by its code, or by the first part of its path and its code, such as `/labels too_big`. */
export type FieldWords = Record<string, string | ((limit: number) => string)>

/** The words for a field error. Codes without words of their own get those of `invalid`. */
export function wordsFor(words: FieldWords, { path, code, limit = 1 }: FieldError): string {
  // Of a batch, one to-do is at fault.
  const [, field = ''] = path.replace(/^\/operations\/\d+\/(?:patch|todo)(?=\/)/, '').split('/')
  const found = words[`/${field} ${code}`] ?? words[code] ?? words['invalid'] ?? ''
  return typeof found === 'string' ? found : found(limit)
}
