import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readQuickAdd } from '../../../src/todos/quick-add/read-quick-add'
import { MAX_LINES, splitLines } from '../../../src/todos/quick-add/split-lines'
import { todoInputSchema } from '../../../src/todos/schemas'
import * as en from './quick-add-en.mjs'
import * as ko from './quick-add-ko.mjs'

/*
 * Pure functions, with tables of what people type. No table is long enough, so what holds of all texts is below them.
 */

const LISTS = ['Home', 'Home renovation', '우리 집'].map((name, index) => ({
  id: `019c8d2e-7a64-7c3f-8f1e-00000000000${index + 1}`,
  name,
}))

/** Thursday, 10:00 in Seoul. */
const CONTEXT = { now: Date.parse('2026-11-26T01:00:00Z'), zone: 'Asia/Seoul', locale: 'en', lists: LISTS }

const read = (text, context) => readQuickAdd(text, { ...CONTEXT, ...context })

const LEVELS = { urgent: 'p1', high: 'p2', medium: 'p3', low: 'p4' }

/** The to-do in one line, as the tables have it. */
function line({ due, recurrence, priority, labels = [], listId, contents }) {
  const list = listId && `+L${listId.at(-1)}`
  const when = due?.replace(':00[Asia/Seoul]', '')
  return [contents, when, recurrence, LEVELS[priority], ...labels.map((label) => `#${label}`), list]
    .filter((part) => part)
    .join(' | ')
}

/** The chips cover what they say that they cover, they do not overlap, and the rest is the contents. */
function expectCovered(text, { contents, chips }) {
  let end = 0
  let rest = ''
  for (const chip of chips) {
    expect(chip.start).toBeGreaterThanOrEqual(end)
    expect(chip.end).toBeGreaterThan(chip.start)
    expect(text.slice(chip.start, chip.end)).toBe(chip.typed)
    rest += text.slice(end, chip.start)
    end = chip.end
  }
  rest += text.slice(end)
  const ink = (value) => value.replace(/\s/g, '')
  const [left, kept] = [ink(rest), ink(contents)]
  expect(left.startsWith(kept)).toBe(true)
  expect(left.slice(kept.length)).toMatch(/^[,;:、–—-]?$/)
}

const withinApi = ({ todo }) => expect(todoInputSchema.safeParse(todo).error).toBeUndefined()

const TABLES = [
  ['en', en],
  ['ko', ko],
]

describe.each(TABLES)('quick add in %s', (locale, { UNDERSTOOD, PLAIN }) => {
  it('has tables worth the name', () => {
    expect(UNDERSTOOD.length).toBeGreaterThan(120)
    expect(PLAIN.length).toBeGreaterThan(100)
  })

  it('understands what people type', () => {
    expect(UNDERSTOOD.map(([text]) => [text, line(read(text, { locale }).todo)])).toEqual(UNDERSTOOD)
    for (const [text] of UNDERSTOOD) {
      const found = read(text, { locale })
      expect(found.chips.length, text).toBeGreaterThan(0)
      expectCovered(text, found)
      withinApi(found)
    }
  })

  it('takes the rest for contents', () => {
    const plain = PLAIN.map((contents) => ({ contents, chips: [], todo: { contents } }))
    expect(PLAIN.map((text) => read(text, { locale }))).toEqual(plain)
  })
})

describe('a chip', () => {
  it('says where it is, and what it stands for', () => {
    const { contents, chips, todo } = read('call mum tomorrow 5pm p1 #family +Home')
    expect(contents).toBe('call mum')
    expect(chips).toEqual([
      { kind: 'due', part: 'all', start: 9, end: 21, typed: 'tomorrow 5pm', due: '2026-11-27T17:00:00[Asia/Seoul]' },
      { kind: 'priority', start: 22, end: 24, typed: 'p1', priority: 'urgent' },
      { kind: 'label', start: 25, end: 32, typed: '#family', label: 'family' },
      { kind: 'list', start: 33, end: 38, typed: '+Home', listId: LISTS[0].id, name: 'Home' },
    ])
    expect(todo).toEqual({
      contents: 'call mum',
      due: '2026-11-27T17:00:00[Asia/Seoul]',
      priority: 'urgent',
      labels: ['family'],
      listId: LISTS[0].id,
    })
  })

  it('is there for a day and for a time that stand apart', () => {
    const { contents, chips } = read('tomorrow call mum 5pm')
    expect(contents).toBe('call mum')
    expect(chips.map(({ typed, part }) => [typed, part])).toEqual([
      ['tomorrow', 'day'],
      ['5pm', 'time'],
    ])
  })

  it('has the rule of what comes again', () => {
    const { chips, todo } = read('water plants every Monday')
    expect(chips).toEqual([
      {
        kind: 'recurrence',
        start: 13,
        end: 25,
        typed: 'every Monday',
        recurrence: 'FREQ=WEEKLY;BYDAY=MO',
        due: '2026-11-30',
      },
    ])
    expect(todo).toMatchObject({ due: '2026-11-30', recurrence: 'FREQ=WEEKLY;BYDAY=MO' })
  })

  it.each([
    ['call mum tomorrow 5pm', [9], 'call mum tomorrow 5pm'],
    ['tomorrow call mum 5pm', [18], 'call mum 5pm | 2026-11-27'],
    ['tomorrow call mum 5pm', [0], 'tomorrow call mum | 2026-11-26T17:00'],
    ['next friday call mum', [0], 'next friday call mum'],
    ['prepare Friday talk by Monday', [8], 'prepare Friday talk | 2026-11-30'],
    ['fix p1 bug p2', [4], 'fix p1 bug | p2'],
    ['buy #milk #shop', [4], 'buy #milk | #shop'],
    ['paint +Home renovation', [6], 'paint +Home renovation'],
    ['매주 월요일 화분 물 주기', [0], '매주 월요일 화분 물 주기'],
    ['내일 오후 5시 전화 #가족', [0], '내일 오후 5시 전화 | #가족'],
  ])('that is taken off is text again: %s %j', (text, except, expected) => {
    expect(line(read(text, { except }).todo)).toBe(expected)
  })

  it('is no more than the API takes: ten labels, of 50 characters', () => {
    const labels = Array.from({ length: 11 }, (_, n) => `#label${n}`)
    const { contents, todo } = read(`call ${labels.join(' ')}`)
    expect(todo.labels).toHaveLength(10)
    expect(contents).toBe('call #label10')
    expect(read(`call #${'a'.repeat(51)}`).chips).toEqual([])
    expect(read('call #a #a').todo).toEqual({ contents: 'call', labels: ['a'] })
  })
})

describe('the time of a text', () => {
  const at = (time) => ({ now: Date.parse(time) })

  it.each([
    ['call at 9:00', '2026-11-26T00:30:00Z', 'call | 2026-11-27T09:00'],
    ['call at 9:00', '2026-11-25T23:30:00Z', 'call | 2026-11-26T09:00'],
    ['gym every day 9am', '2026-11-26T00:30:00Z', 'gym | 2026-11-27T09:00 | FREQ=DAILY'],
    ['call tomorrow', '2026-11-26T15:30:00Z', 'call | 2026-11-28'],
    ['pay 1 jan', '2026-12-31T15:30:00Z', 'pay | 2027-01-01'],
    ['pay 31 dec', '2026-12-31T15:30:00Z', 'pay | 2027-12-31'],
    ['call in 2 hours', '2026-11-26T14:10:20Z', 'call | 2026-11-27T01:10'],
  ])('is on the wall clock of the person: %s at %s', (text, now, expected) => {
    expect(line(read(text, at(now)).todo)).toBe(expected)
  })

  it('is none in a zone that there is not', () => {
    expect(read('call at 9:00', { zone: 'Mars/Olympus' }).todo).toEqual({ contents: 'call at 9:00' })
  })
})

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const DAY_MS = 24 * 60 * 60 * 1000
const weekdayOf = (ms) => (new Date(ms).getUTCDay() + 6) % 7
const dayText = (ms) => new Date(ms).toISOString().slice(0, 10)

describe('the weekday of a text', () => {
  const today = fc.integer({ min: 0, max: 3000 }).map((n) => Date.UTC(2026, 0, 1) + n * DAY_MS)

  it('is the same in both languages, to come, and in the week that is said', () => {
    fc.assert(
      fc.property(today, fc.integer({ min: 0, max: 6 }), (ms, weekday) => {
        const dueOf = (when) => read(`do ${when}`, { now: ms + 60_000, zone: 'UTC' }).todo.due
        const inKorean = `${'월화수목금토일'[weekday]}요일`
        const thisWeek = ms + (weekday - weekdayOf(ms)) * DAY_MS
        const coming = thisWeek < ms ? thisWeek + 7 * DAY_MS : thisWeek
        expect([dueOf(`on ${DAYS[weekday]}`), dueOf(`${inKorean}까지`)]).toEqual([dayText(coming), dayText(coming)])
        const next = dayText(thisWeek + 7 * DAY_MS)
        expect([dueOf(`next ${DAYS[weekday]}`), dueOf(`다음 주 ${inKorean}`)]).toEqual([next, next])
        expect(dueOf(`이번 주 ${inKorean}`)).toBe(thisWeek < ms ? undefined : dayText(thisWeek))
      }),
    )
  })
})

/** Texts of pieces that mean something, so that many of them are understood. */
const PIECES = [...en.UNDERSTOOD, ...ko.UNDERSTOOD].flatMap(([text]) => text.split(' '))
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 500 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(
      fc.tuple(fc.constantFrom(...PIECES, 'the', '-', '+', '#', '('), fc.constantFrom(' ', '  ', '\t', ', ', '\n', '')),
    )
    .map((pieces) => pieces.flat().join('').slice(0, 500)),
)
const moments = fc.integer({ min: Date.UTC(2020) / 1000, max: Date.UTC(2040) / 1000 }).map((seconds) => seconds * 1000)

describe('any text', () => {
  it('is covered by contents and chips, and makes a to-do that the API takes', () => {
    const asked = fc.record({ now: moments, locale: fc.constantFrom('en', 'ko') })
    fc.assert(
      fc.property(texts, asked, (text, context) => {
        const found = read(text, context)
        expectCovered(text, found)
        if (found.chips.length > 0) withinApi(found)
        expect(read(text, context)).toEqual(found)
      }),
      { numRuns: 2000 },
    )
  })

  it('is whole again when its chips are taken off, one after another', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const except = []
        for (let found = read(text); found.chips.length > 0; found = read(text, { except })) {
          const [{ start }] = found.chips
          expect(except).not.toContain(start)
          except.push(start)
        }
        expect(read(text, { except }).contents).toBe(text.trim())
      }),
      { numRuns: 500 },
    )
  })
})

describe('a pasted list', () => {
  const open = (text) => ({ text, isDone: false })
  const done = (text) => ({ text, isDone: true })

  it.each([
    ['Milk\nBread', [open('Milk'), open('Bread')]],
    ['Milk\r\nBread\r\n', [open('Milk'), open('Bread')]],
    ['- Milk\n* Bread\n+ Eggs', [open('Milk'), open('Bread'), open('Eggs')]],
    ['• Milk\n•Bread\n  ◦ Eggs', [open('Milk'), open('Bread'), open('Eggs')]],
    ['1. Milk\n2) Bread\n(3) Eggs', [open('Milk'), open('Bread'), open('Eggs')]],
    ['1.우유\n2. 빵', [open('우유'), open('빵')]],
    ['① 우유\n②빵', [open('우유'), open('빵')]],
    ['- [ ] Milk\n- [x] Bread\n* [X] Eggs', [open('Milk'), done('Bread'), done('Eggs')]],
    ['1. [ ] Milk\n[x] Bread', [open('Milk'), done('Bread')]],
    ['☐ Milk\n☑ Bread\n✅ Eggs', [open('Milk'), done('Bread'), done('Eggs')]],
    ['# Shop\n\n- Milk\n---\n- Bread', [open('Shop'), open('Milk'), open('Bread')]],
    ['> Milk', [open('Milk')]],
    ['-\n- \n - [ ] \n\u200b\n', []],
    ['1.5 l milk\n3.js\n2026. 1. 5.', [open('1.5 l milk'), open('3.js'), open('2026. 1. 5.')]],
    ['-5 degrees\n+Home paint\n#home clean', [open('-5 degrees'), open('+Home paint'), open('#home clean')]],
    ['[link](https://example.com)', [open('[link](https://example.com)')]],
    ['call mum tomorrow 5pm\n내일 전화', [open('call mum tomorrow 5pm'), open('내일 전화')]],
  ])('is as many texts as it has lines: %j', (pasted, lines) => {
    expect(splitLines(pasted)).toEqual({ lines, leftOut: [] })
  })

  it('says what it leaves out', () => {
    const pasted = ['x'.repeat(501), ...Array.from({ length: MAX_LINES + 2 }, (_, n) => `- ${n}`)].join('\n')
    const { lines, leftOut } = splitLines(pasted)
    expect(lines).toHaveLength(100)
    expect(leftOut).toEqual([
      { text: 'x'.repeat(501), why: 'too_long' },
      { text: '- 100', why: 'too_many' },
      { text: '- 101', why: 'too_many' },
    ])
  })

  it('loses no letter of any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), texts), (pasted) => {
        const { lines, leftOut } = splitLines(pasted)
        const letters = (value) => value.match(/\p{L}/gu) ?? []
        const kept = [...lines, ...leftOut].flatMap(({ text }) => letters(text)).sort()
        const isBox = /\[[xXvV]\]/.test(pasted)
        if (!isBox) expect(kept).toEqual(letters(pasted).sort())
      }),
      { numRuns: 1000 },
    )
  })
})
