import { addMonths, dayMs, isoDay } from '../import/readers/words/calendar'

/*
 * Korean words of dates as people type them, in the words that the reader of dates knows: particles taken off, days that are counted, and
 * days of this month and the next.
 */

const HANGUL = /\p{sc=Hangul}/u
export const hasHangul = (text: string): boolean => HANGUL.test(text)

const PARTICLE = /(?:까지(?:는|만|도)?|까진|전까지|에(?:는|도)?|엔|부터|은|는|도|쯤(?:에)?|경(?:에)?|(?<=[요욜]일?)날)$/

/** Stand after a date, on their own. */
export const AFTER_DATE = new Set(
  '까지 까지는 전까지 전에 이전 이전에 이전까지 이후 이후에 쯤 경 안에 안으로 이내 이내에 중 중에 중으로 내로'.split(
    ' ',
  ),
)

/** A word without the particle at its end. `오늘의` and `월요일과` say that it is not when something is to be done. */
export function withoutParticle(word: string): { bare: string; particle: string } {
  const particle = HANGUL.test(word) ? (PARTICLE.exec(word)?.[0] ?? '') : ''
  return { bare: word.slice(0, word.length - particle.length), particle }
}

const COUNTED: [RegExp, string][] = [
  [/(?<!\p{L})이틀/gu, '2일'],
  [/사흘/g, '3일'],
  [/나흘/g, '4일'],
  [/닷새/g, '5일'],
  [/열흘/g, '10일'],
  [/보름/g, '15일'],
  [/일주일/g, '1주'],
  [/글피/g, '3일 후'],
  [/담주/g, '다음 주'],
  [/낼모레/g, '모레'],
  [/([월화수목금토일])욜/g, '$1요일'],
  [/하루/g, '1일'],
  [/(첫|둘|셋|넷|다섯)째 ?주(?= ?\p{L}+요일)/gu, '$1째'],
  [/매주 월[~-]금/g, '평일'],
  // 이틀에 한 번, 일주일에 한 번
  [/^(\d{1,3} ?(?:일|주|달|개월|년)|한 ?달)에? 한 ?번$/g, '$1마다'],
]

/** Words that only `inKnownWords` makes known. */
export const isKnownHere = (word: string): boolean =>
  /^(?:이틀|사흘|나흘|닷새|열흘|보름|일주일|글피|담주|낼모레|월[~-]금|[첫둘셋넷]째주|하루|번|한번|연말|이달|이달말|월말|달말|말일?|내년|올해|[월화수목금토일]욜)(?:마다|후|뒤)?$/.test(
    word,
  )

/** A day of the month without its month, as in `25일까지`. `3일` alone is how many days something takes. */
const DAY_OF_MONTH = /(?<![\d월년달]|월 |매월 |매달 )(\d{1,2})일(?! ?(?:후|뒤|마다|간|동안))/g

interface Asked {
  today: number
  /** Whether `까지` or `에` follows. */
  isUntil: boolean
  /** Whether the text says that it is a day of the month: by a particle, or a time. */
  isDayOfMonth: boolean
}

export function inKnownWords(text: string, { today, isUntil, isDayOfMonth }: Asked): string {
  if (!hasHangul(text)) return text
  const counted = COUNTED.reduce((known, [word, other]) => known.replace(word, other), text)
  const date = new Date(today)
  const year = date.getUTCFullYear()
  const month = (later: number, day: number | null) => {
    const first = addMonths(dayMs(year, date.getUTCMonth() + 1, 1), later)
    return day === null ? isoDay(addMonths(first, 1) - 1) : `${isoDay(first).slice(0, 8)}${`${day}`.padStart(2, '0')}`
  }
  return counted
    .replace(/(?:이번 ?달|이달) (\d{1,2})일/g, (_, day: string) => month(0, Number(day)))
    .replace(/다음 ?달 (\d{1,2})일/g, (_, day: string) => month(1, Number(day)))
    .replace(/다음 ?달 ?말일?$/g, () => month(1, null))
    .replace(/^(?:(?:이번 ?달|이달) ?말일?|월말|말일)$/g, () => month(0, null))
    .replace(/내년 (?=\d)/g, `${year + 1}년 `)
    .replace(/올해 (?=\d)/g, `${year}년 `)
    .replace(/^주말$/, isUntil ? '이번 주말' : '주말')
    .replace(/^연말$/, isUntil ? `${year}년 12월 31일` : '연말')
    .replace(/^이번 ?달$/, () => (isUntil ? month(0, null) : '이번 달'))
    .replace(DAY_OF_MONTH, (whole, day: string) => (isDayOfMonth ? `제${day}` : whole))
}
