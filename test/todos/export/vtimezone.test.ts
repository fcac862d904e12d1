import { describe, expect, it } from 'vitest'
import { offsetAt } from '../../../src/lib/zone'
import { vtimezone } from '../../../src/todos/export/vtimezone'
import { readContentLine, unfold } from '../../../src/todos/import/readers/content-lines'

const ZONES = [
  'Africa/Casablanca',
  'Africa/El_Aaiun',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Nuuk',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Asia/Seoul',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/London',
  'Pacific/Apia',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Etc/GMT+5',
]
const [FROM, UNTIL] = [Date.UTC(2010, 2, 3), Date.UTC(2036, 0, 1)]
const HOUR = 3_600_000

/** The onsets of a VTIMEZONE (ms, UTC), each with the offset from then on, as a calendar reads them. */
function onsetsOf(text: string): { atMs: number; offset: number }[] {
  const onsets: { atMs: number; offset: number }[] = []
  let [clocks, from, to] = [[] as string[], 0, 0]
  for (const { text: line } of unfold(text)) {
    const { name = '', value = '' } = readContentLine(line) ?? {}
    if (name === 'DTSTART') clocks = [value]
    if (name === 'RDATE') clocks.push(...value.split(','))
    if (name === 'TZOFFSETFROM') from = msOf(value)
    if (name === 'TZOFFSETTO') to = msOf(value)
    if (name === 'END' && value !== 'VTIMEZONE')
      onsets.push(...clocks.map((clock) => ({ atMs: parse(clock) - from, offset: to })))
  }
  return onsets.toSorted((one, other) => one.atMs - other.atMs)
}

const msOf = (text: string) => {
  const [, sign, hours, minutes, seconds = 0] = /^([+-])(\d\d)(\d\d)(\d\d)?$/.exec(text) ?? []
  return (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}
const parse = (clock: string) => Date.parse(clock.replace(/^(....)(..)(..)T(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z'))

describe('a VTIMEZONE', () => {
  it.each(ZONES)('says what the clocks of %s say, at every hour of 25 years', (zone) => {
    const onsets = onsetsOf(vtimezone(zone, { fromMs: FROM, untilMs: UNTIL }))
    let index = 0
    const wrong: string[] = []
    for (let at = FROM; at < UNTIL; at += 7 * HOUR) {
      while ((onsets[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) <= at) index++
      if (onsets[index]?.offset !== offsetAt(at, zone)) wrong.push(new Date(at).toISOString())
    }
    expect(wrong).toEqual([])
  })

  it('is written as calendars know it', () => {
    const span = { fromMs: Date.UTC(2026, 0, 1), untilMs: Date.UTC(2027, 11, 1) }
    expect(vtimezone('Europe/Berlin', span).split('\r\n')).toEqual([
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      'X-LIC-LOCATION:Europe/Berlin',
      'BEGIN:STANDARD',
      'DTSTART:20260101T010000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'BEGIN:DAYLIGHT',
      'DTSTART:20260329T020000',
      'RDATE:20270328T020000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'END:DAYLIGHT',
      'BEGIN:STANDARD',
      'DTSTART:20261025T030000',
      'RDATE:20271031T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'END:VTIMEZONE',
      '',
    ])
    expect(vtimezone('Africa/Monrovia', { fromMs: 0, untilMs: 1 })).toContain('TZOFFSETTO:-004430')
  })
})
