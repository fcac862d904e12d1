import { describe, expect, it } from 'vitest'
import { instantOf } from '../../src/lib/zone'
import { nextOccurrence, readRule, todayIn } from '../../src/todos/recurrence'

const clock = (text: string) => Date.parse(text.includes('T') ? `${text}Z` : `${text}T00:00:00Z`)
const show = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T00:00', '')

/** The occurrences after a start, as somebody completes them one after another. */
function occurrences(rule: string, start: string, count = 4, from = start): (string | null)[] {
  const found: (string | null)[] = []
  let [at, kept] = [clock(start), rule]
  for (let n = 0; n < count; n++) {
    const next = nextOccurrence(kept, at, clock(from))
    found.push(next && show(next.wallClockMs))
    if (!next) break
    at = next.wallClockMs
    kept = next.rule
  }
  return found
}

describe('a to-do that comes again', () => {
  it.each([
    ['FREQ=DAILY', '2026-12-30', ['2026-12-31', '2027-01-01', '2027-01-02', '2027-01-03']],
    ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', '2026-11-26', ['2026-11-27', '2026-11-30', '2026-12-01', '2026-12-02']],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE',
      '2026-11-25T18:00',
      ['2026-12-07T18:00', '2026-12-09T18:00', '2026-12-21T18:00', '2026-12-23T18:00'],
    ],
    ['FREQ=MONTHLY;BYDAY=2TU', '2026-11-10', ['2026-12-08', '2027-01-12', '2027-02-09', '2027-03-09']],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2027-12-31', ['2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30']],
  ])('follows its rule: %s from %s', (rule, start, expected) => {
    expect(occurrences(rule, start)).toEqual(expected)
  })

  it('leaves out the months that have no 31st, and the years that have no 29 February', () => {
    expect(occurrences('FREQ=MONTHLY', '2026-01-31')).toEqual(['2026-03-31', '2026-05-31', '2026-07-31', '2026-08-31'])
    expect(occurrences('FREQ=YEARLY', '2024-02-29', 3)).toEqual(['2028-02-29', '2032-02-29', '2036-02-29'])
  })

  it('takes the last day instead, by a rule that says so', () => {
    const rule = 'FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1'
    expect(occurrences(rule, '2026-01-31')).toEqual(['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31'])
  })

  it('ends with its count, which goes down', () => {
    expect(nextOccurrence('FREQ=DAILY;COUNT=3', clock('2026-11-25'), 0)).toEqual({
      wallClockMs: clock('2026-11-26'),
      rule: 'FREQ=DAILY;COUNT=2',
    })
    expect(occurrences('FREQ=DAILY;COUNT=3', '2026-11-25')).toEqual(['2026-11-26', '2026-11-27', null])
  })

  it.each(['20261127', '20261127T180000Z'])('ends with its last day, which counts: %s', (until) => {
    const rule = `FREQ=DAILY;UNTIL=${until}`
    expect(occurrences(rule, '2026-11-25T18:00')).toEqual(['2026-11-26T18:00', '2026-11-27T18:00', null])
  })

  it('comes once for all that was missed, today if there is one today', () => {
    expect(occurrences('FREQ=DAILY', '2026-11-20', 1, '2026-11-26')).toEqual(['2026-11-26'])
    expect(occurrences('FREQ=WEEKLY', '2026-11-20', 1, '2026-11-30')).toEqual(['2026-12-04'])
    expect(occurrences('FREQ=DAILY;COUNT=3', '2026-11-20', 1, '2026-11-26')).toEqual(['2026-11-26'])
    expect(occurrences('FREQ=DAILY', '2026-12-20', 1, '2026-11-26')).toEqual(['2026-12-21'])
  })

  it('is at 03:30 on the night that has no 02:30, and at 02:30 again after it', () => {
    const at = occurrences('FREQ=DAILY', '2026-03-28T02:30', 2).map((text) =>
      instantOf(clock(text ?? ''), 'Europe/Berlin'),
    )
    expect(at.map((ms) => new Date(ms).toISOString())).toEqual(['2026-03-29T01:30:00.000Z', '2026-03-30T00:30:00.000Z'])
  })
})

describe('a rule', () => {
  it('is kept in one spelling', () => {
    expect(readRule(' rrule:freq=weekly;byday=mo ')).toBe('FREQ=WEEKLY;BYDAY=MO')
  })

  it.each([
    '',
    'DAILY',
    'FREQ=HOURLY',
    'INTERVAL=2',
    'FREQ=DAILY;FREQ=WEEKLY',
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=DAILY;COUNT=2;UNTIL=20270101',
    'FREQ=WEEKLY;BYDAY=2MO',
    'FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2',
    'FREQ=MONTHLY;INTERVAL=12;BYMONTH=2',
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYDAY=9MO',
    'FREQ=DAILY;BYHOUR=24',
    'FREQ=DAILY;BYHOUR=9,18',
    'FREQ=DAILY;X-A=1',
    'FREQ=DAILY\nEXDATE:20260101',
    'FREQ=YEARLY;BYMONTH=13',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    `FREQ=MONTHLY;BYMONTHDAY=${'1,'.repeat(100)}1`,
  ])('is refused: %j', (rule) => {
    expect(readRule(rule)).toBeNull()
  })
})

it('knows that today is another day in Seoul and in São Paulo', () => {
  const now = Date.parse('2026-12-24T22:00:00Z')
  expect(show(todayIn('Asia/Seoul', now))).toBe('2026-12-25')
  expect(show(todayIn('America/Sao_Paulo', now))).toBe('2026-12-24')
})
