/** What the named groups of a pattern match in a text; an empty object if the text does not match. */
export const namedGroups = (pattern: RegExp, text: string): Partial<Record<string, string>> =>
  pattern.exec(text)?.groups ?? {}
