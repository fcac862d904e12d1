import { dayMs, isoDay } from '../import/readers/words/calendar'

/*
 * English words of dates that the reader of dates does not have, because no program writes them.
 */

const END_OF_MONTH = /(?:the )?end of (?:the |this )?month/

/** Words that only `inKnownEnglish` makes known. `a` is one of `in a week`. */
export const isKnownInEnglish = (word: string): boolean =>
  /^(?:an?|eom|once|per|mon-fri|\d{1,2}\.\d{2}[ap]m)$/.test(word) || END_OF_MONTH.test(word)

export function inKnownEnglish(text: string, today: number): string {
  const lastOfMonth = () => {
    const date = new Date(today)
    return isoDay(dayMs(date.getUTCFullYear(), date.getUTCMonth() + 2, 0))
  }
  return text
    .replace(/\bin an? (?=day|week|month|year)/, 'in 1 ')
    .replace(/^once (?:an?|per|every) (?=day|week|month|year)/, 'every ')
    .replace(/(\d{1,2})\.(\d{2})(?=[ap]m)/, '$1:$2')
    .replace(/^every mon-fri/, 'every weekday')
    .replace(END_OF_MONTH, lastOfMonth)
    .replace(/^eom$/, lastOfMonth)
    .replace(/^the (?=day after)/, '')
}
