import { foldWord, type Lexicon } from './lexicon'
import { isWord, type Token } from './tokens'

/** Nobody's date has more words. */
const MAX_LENGTH = 150

/** Everything of it must be understood, so `every day, but not in May` is not taken for `every day`. */
export function scan(typed: string, lexicon: Lexicon): Token[] | null {
  if (typed.length > MAX_LENGTH) return null
  const text = foldWord(typed.trim()).replace(/\s+/g, ' ')
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const found = isDigit(text.charCodeAt(at))
      ? readFigures(text, at, lexicon)
      : (readSign(text, at) ?? readWord(text, at, lexicon))
    if (!found) return null
    tokens.push(...found.tokens)
    at = found.end
  }
  return tokens.map((token, index) => decide(token, tokens[index - 1], tokens[index + 1]))
}

interface Found {
  tokens: Token[]
  end: number
}

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39

const SIGNS = ' ,;.@&()、・·。'

function readSign(text: string, at: number): Found | null {
  const sign = text[at] ?? ''
  if (SIGNS.includes(sign)) return { tokens: [], end: at + 1 }
  return sign === '!' ? { tokens: [{ kind: 'completion' }], end: at + 1 } : null
}

type Figures = [RegExp, (found: number[], lexicon: Lexicon) => Token[]]

const dateToken = (year: number | null, month = 0, day = 0): Token => ({ kind: 'date', date: { year, month, day } })

/** `12/24` or `24/12`: by the language, if both are possible. */
function numericDate(first = 0, second = 0, year: number | null = null, isMonthFirst = false): Token {
  const isSwapped = isMonthFirst ? first > 12 : second <= 12
  return isSwapped ? dateToken(year, second, first) : dateToken(year, first, second)
}

const fullYear = (year = 0): number => (year < 100 ? 2000 + year : year)

const FIGURES: Figures[] = [
  [/(\d{4})-(\d{1,2})-(\d{1,2})(?:t(?=\d)|(?!\d))/y, ([y = 0, m, d]) => [dateToken(y, m, d)]],
  [/(\d{4})[./] ?(\d{1,2})[./] ?(\d{1,2})(?!\d)/y, ([y = 0, m, d]) => [dateToken(y, m, d)]],
  [/(\d{1,2})[.-](\d{1,2})[.-](\d{4}|\d{2})(?!\d)/y, ([d, m, y]) => [numericDate(d, m, fullYear(y))]],
  [/(\d{1,2})\.(\d{1,2})\.(?!\d)/y, ([d, m]) => [numericDate(d, m)]],
  [
    /(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})(?!\d)/y,
    ([a, b, y], { isMonthFirst }) => [numericDate(a, b, fullYear(y), isMonthFirst)],
  ],
  [/(\d{1,2})\/(\d{1,2})(?![\d/])/y, ([a, b], { isMonthFirst }) => [numericDate(a, b, null, isMonthFirst)]],
  [/(\d{1,2})[:h](\d{2})(?::\d{2})?z(?![a-z])/y, ([h = 0, m = 0]) => [timeToken(h, m), { kind: 'utc' }]],
  [/(\d{1,2})[:h](\d{2})(?::\d{2}(?:\.\d{1,9})?)?(?!\d)/y, ([h = 0, m = 0]) => [timeToken(h, m)]],
  [/(\d{1,2})h(?![a-z\d])/y, ([h = 0]) => [timeToken(h, 0)]],
  [
    /(\d{1,4})(?:(?:st|nd|rd|th|er|re|eme|e|o|a)(?![a-z])|\.(?!\d)|번째)/y,
    ([value = 0]) => [{ kind: 'number', value, isOrdinal: true }],
  ],
  [/(\d{1,4})(?!\d)/y, ([value = 0]) => [{ kind: 'number', value, isOrdinal: false }]],
]

const timeToken = (hours: number, minutes: number): Token => ({ kind: 'time', minutes: hours * 60 + minutes })

function readFigures(text: string, at: number, lexicon: Lexicon): Found | null {
  for (const [pattern, make] of FIGURES) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match) return { tokens: make(match.slice(1).map(Number), lexicon), end: at + match[0].length }
  }
  return null
}

const ALPHABETIC = /[\p{sc=Latin}\p{sc=Cyrillic}]/u

/** The longest word of the lexicon that is here, and does not end within another word. */
function readWord(text: string, at: number, { words, lengths }: Lexicon): Found | null {
  for (const length of lengths.get(text[at] ?? '') ?? []) {
    const end = at + length
    const tokens = words.get(text.slice(at, end))
    const isWithinWord = ALPHABETIC.test(text[end - 1] ?? '') && ALPHABETIC.test(text[end] ?? '')
    if (tokens && !isWithinWord) return { tokens, end }
  }
  return null
}

/** What a word stands for that may be two things. */
function decide(token: Token, before: Token | undefined, after: Token | undefined): Token {
  if (token.kind === 'number' && isWord(before, 'ordinal-mark')) return { ...token, isOrdinal: true }
  if (token.kind === 'weekday' && token.orMonth !== undefined) {
    const isMonth = before?.kind === 'number' || after?.kind === 'number'
    return isMonth ? { kind: 'month-name', value: token.orMonth } : token
  }
  if (token.kind === 'word' && token.orWeekday !== undefined) {
    const isUnit = before?.kind === 'number' || isWord(before, 'every', 'last', 'next')
    return isUnit ? token : { kind: 'weekday', value: token.orWeekday }
  }
  return token
}
