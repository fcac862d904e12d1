import { foldWord } from '../import/readers/words/lexicon'

/** A word of what somebody typed. */
export interface Word {
  start: number
  end: number
  /** As it was typed. */
  typed: string
  /** Without upper case, accents, and the punctuation around it. */
  folded: string
  /** Whether a sentence ends with it. What follows does not belong to the same date. */
  isLast: boolean
}

/** `day after tomorrow` and `end of the month` are one word each, because their parts mean something else. */
const WORD =
  /(?:(?<!\S)(?:the )?day after tomorrow(?=[\s.,;!?)]|$)|(?<!\S)(?:the )?end of (?:the |this )?month(?=[\s.,;!?)]|$)|\S)\S*/giu

const LEADING = /^\(+/
/** Quotation marks stay: they are around titles. */
const TRAILING = /[).,;:!?…。、]{1,20}$/

export function wordsOf(text: string): Word[] {
  return [...text.matchAll(WORD)].map((match) => {
    const [typed] = match
    const inner = typed.replace(LEADING, '').replace(TRAILING, '')
    return {
      start: match.index,
      end: match.index + typed.length,
      typed,
      folded: foldWord(inner),
      isLast: /[.;:!?…。]$/.test(typed) && !/[ap]\.m\.$/i.test(typed) && !/\d\.$/.test(typed),
    }
  })
}
