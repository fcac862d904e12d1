/*
 * How a search compares texts: without letter case in any script, and without the width of East Asian letters. Texts are stored
 * as they are folded: docs/decisions/folded-texts.md.
 */

const ASCII = /^[\0-\x7f]*$/

/** Half-width and full-width forms, and the wide space. A half-width kana has its sound mark as a letter of its own. */
const OTHER_WIDTH = /[\uff66-\uff9d][\uff9e\uff9f]|[\u3000\uff01-\uffee]/g

/** What U+FF5F–U+FF9F are in their usual width: brackets, punctuation and kana. */
const KANA =
  '⦅⦆。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜'

/** The same for U+FFE0–U+FFEE: signs and arrows. U+FFE7 is no character. */
const SIGNS = '¢£¬¯¦¥₩\uffe7│←↑→↓■○'

/** A half-width Hangul letter in its usual width: consonants in a row, and vowels in groups of six. */
function wideHangul(unit: number): number {
  if (unit === 0xffa0) return 0x3164
  if (unit <= 0xffbe) return unit - 0xffa1 + 0x3131
  const vowel = unit - 0xffc2
  return vowel >= 0 && vowel % 8 < 6 ? 0x314f + 6 * Math.floor(vowel / 8) + (vowel % 8) : unit
}

/** A character of `OTHER_WIDTH` in its usual width. */
function usualWidth(form: string): string {
  const unit = form.charCodeAt(0)
  if (unit === 0x3000) return ' '
  if (form.length === 2) {
    const [kana, mark] = [usualWidth(form.charAt(0)), form.charAt(1)]
    const voiced = (kana + (mark === '\uff9e' ? '\u3099' : '\u309a')).normalize('NFC')
    return voiced.length === 1 ? voiced : kana + usualWidth(mark)
  }
  if (unit <= 0xff5e) return String.fromCharCode(unit - 0xff01 + 0x21)
  if (unit <= 0xff9f) return KANA.charAt(unit - 0xff5f)
  return unit < 0xffe0 ? String.fromCharCode(wideHangul(unit)) : SIGNS.charAt(unit - 0xffe0)
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
