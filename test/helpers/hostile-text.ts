/* Text that is made to be slow. */

const ACUTE = '\u0301'
const CEDILLA = '\u0327'

/** A letter with `count` marks. Normalising has to sort them, and without a limit that takes quadratic time. */
export const unsortedMarks = (count: number): string =>
  `a${ACUTE.repeat(Math.ceil(count / 2))}${CEDILLA.repeat(Math.floor(count / 2))}`

/** What hostile text repeats: each part is slow, grows or vanishes somewhere. */
export const HOSTILE_PARTS: readonly string[] = [
  ACUTE,
  CEDILLA,
  unsortedMarks(30),
  unsortedMarks(31),
  // NFC makes more of these: two marks, a letter and a mark, three characters.
  '\u0344',
  '\u0958',
  '\u{1d160}',
  // Lower case makes more of the first, and looks around for the second.
  'İ',
  'Σ',
  // Marks that stand in a row once the invisible character between them is gone.
  `${ACUTE}\u200d${CEDILLA}`,
  '한'.normalize('NFD'),
  '각',
  '１－',
  ' ',
  '\u3164',
  '"',
  '\\',
  ',',
  '.',
  '@',
  'xn--',
  '%',
  '=',
  ';q=',
  '\r\n',
  '🥛',
]

/** `part` again and again, at most `units` UTF-16 units long. */
export const repeatTo = (part: string, units: number): string => part.repeat(Math.floor(units / part.length))
