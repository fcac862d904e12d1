/*
 * How a search compares texts: without letter case in any script, and without the width of East Asian letters. Texts are stored
 * as they are folded: docs/decisions/folded-texts.md.
 */

const ASCII = /^[\0-\x7f]*$/

/**
 * Half-width and full-width forms, and the wide space. A half-width kana has its sound mark as a letter of its own. Marks are taken one by
 * one, because they become combining marks, and these must not stand in long runs.
 */
const OTHER_WIDTH = /[\u3000\uff01-\uff60]+|[\uff66-\uff9d][\uff9e\uff9f]|[\uff61-\uffee]/g

/** Forms whose compatibility form is a combining mark, and what they are alone. */
const MARKS: Partial<Record<string, string>> = { ﾞ: '゛', ﾟ: '゜', '￣': '¯' }

/** A half-width Hangul letter in its usual width: consonants in a row, and vowels in groups of six. NFKC makes parts of syllables. */
function wideHangul(unit: number): number {
  if (unit === 0xffa0) return 0x3164
  if (unit <= 0xffbe) return unit - 0xffa1 + 0x3131
  const vowel = unit - 0xffc2
  return vowel >= 0 && vowel % 8 < 6 ? 0x314f + 6 * Math.floor(vowel / 8) + (vowel % 8) : unit
}

/** What matches `OTHER_WIDTH`, in its usual width. */
function usualWidth(form: string): string {
  const unit = form.charCodeAt(0)
  if (unit >= 0xffa0 && unit <= 0xffdc) return String.fromCharCode(wideHangul(unit))
  const usual = MARKS[form] ?? form.normalize('NFKC')
  // Some kana have no form with this mark.
  return /\p{M}/u.test(usual) ? [...form].map(usualWidth).join('') : usual
}

/** Lower-case letters that full case folding changes all the same, such as `ß`, `ſ`, `ﬁ` and `ς`. And `ı`, whose upper case is `I`. */
const FOLDABLE = /[\p{Changes_When_Casefolded}ı]/gu

/** Letters such as `ΐ` would become a letter and marks, which NFC puts together again. They stay, so that no run of marks grows. */
const foldLetter = (letter: string): string => {
  const folded = letter.toUpperCase().toLowerCase()
  return /\p{M}$/u.test(folded) ? letter : folded
}

/**
 * Folds a text, so that a search finds it in either letter case and in every script (full case folding, Unicode 3.13), and in either
 * width. The dot that `İ` has in lower case is left out, so that `istanbul` finds `İstanbul`. Lower case comes before NFC: NFC has
 * a letter for `ǰ`, but none for `J̌`. The folded text has at most three times as many characters, and twice as many bytes.
 * @param text of a field. `readText` has refused long runs of combining marks, which would be slow here.
 */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  return text
    .replace(OTHER_WIDTH, usualWidth)
    .toLowerCase()
    .replaceAll('i\u0307', 'i')
    .replace(FOLDABLE, foldLetter)
    .normalize('NFC')
}
