/** A date in figures. The year may be missing. */
export interface CalendarDate {
  year: number | null
  month: number
  day: number
}

/** What a piece of the words of a date stands for. */
export type Token =
  | { kind: 'word'; word: string; orWeekday?: number; isDateMark?: true }
  | { kind: 'number'; value: number; isOrdinal: boolean }
  /** 0 is Monday. */
  | { kind: 'weekday'; value: number; orMonth?: number }
  | { kind: 'month-name'; value: number }
  | { kind: 'date'; date: CalendarDate }
  /** Minutes since midnight. */
  | { kind: 'time'; minutes: number }
  | { kind: 'utc' }
  /** As in `every! day`. */
  | { kind: 'completion' }

export const isWord = (token: Token | undefined, ...words: string[]): boolean =>
  token?.kind === 'word' && words.includes(token.word)
