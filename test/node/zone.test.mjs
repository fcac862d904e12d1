import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instantOf, isZone, offsetAt, wallClockAt } from '../../src/lib/zone'

/*
 * Compared with Temporal, which Node has and workerd does not.
 */

const { Temporal } = globalThis

const ZONES = [
  'Asia/Seoul',
  'America/Sao_Paulo',
  'America/New_York',
  'America/Los_Angeles',
  'America/St_Johns',
  'America/Caracas',
  'America/Adak',
  'Europe/Berlin',
  'Europe/Lisbon',
  'Europe/Moscow',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Antarctica/Troll',
  'UTC',
]

const plain = (wallClockMs) => Temporal.PlainDateTime.from(new Date(wallClockMs).toISOString().slice(0, -1))

/** The wall clock and the instant by Temporal, which takes the earlier of two and the later where there is none. */
const byTemporal = (wallClockMs, zone) => plain(wallClockMs).toZonedDateTime(zone).epochMilliseconds

const SECONDS = { min: Date.UTC(1971) / 1000, max: Date.UTC(2050) / 1000 }

describe('the wall clock of a zone', () => {
  it('is at the instant that Temporal says, at any time', () => {
    const at = fc.integer(SECONDS).map((seconds) => seconds * 1000)
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), at, (zone, ms) => {
        expect(instantOf(ms, zone)).toBe(byTemporal(ms, zone))
        const clock = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime()
        expect(new Date(wallClockAt(ms, zone)).toISOString().slice(0, -5)).toBe(
          clock.toString({ smallestUnit: 'second' }),
        )
      }),
      { numRuns: 5000 },
    )
  })

  it.each(ZONES)('is right around each change of its offset: %s', (zone) => {
    let at = Temporal.ZonedDateTime.from(`1995-01-01T00:00[${zone}]`)
    for (
      let change = at.getTimeZoneTransition('next');
      change && at.year < 2040;
      change = at.getTimeZoneTransition('next')
    ) {
      const ms = change.epochMilliseconds
      for (const clock of [wallClockAt(ms - 1, zone), wallClockAt(ms, zone)]) {
        for (const minutes of [-120, -60, -31, -30, -1, 0, 1, 29, 30, 59, 60, 61, 720]) {
          const wallClockMs = clock + minutes * 60_000
          expect(instantOf(wallClockMs, zone)).toBe(byTemporal(wallClockMs, zone))
        }
      }
      at = change
    }
  })

  it('knows 02:30 in the night that has none, the day that Samoa left out, and 29 February', () => {
    const at = (text, zone) => new Date(instantOf(Date.parse(`${text}Z`), zone)).toISOString()
    expect(at('2026-03-29T02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z')
    expect(at('2026-10-25T02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z')
    expect(at('2011-12-30T10:00:00', 'Pacific/Apia')).toBe('2011-12-30T20:00:00.000Z')
    expect(at('2028-02-29T09:00:00', 'Asia/Seoul')).toBe('2028-02-29T00:00:00.000Z')
  })

  it('has seconds before there were zones', () => {
    expect(offsetAt(Date.UTC(1850), 'Europe/Amsterdam')).toBe(byTemporalOffset('1850-01-01', 'Europe/Amsterdam'))
  })
})

const byTemporalOffset = (day, zone) => Temporal.ZonedDateTime.from(`${day}T00:00[${zone}]`).offsetNanoseconds / 1e6

describe('the name of a zone', () => {
  it.each(['Asia/Seoul', 'asia/kolkata', 'Etc/GMT+9', 'UTC', 'America/Argentina/Buenos_Aires'])('%s is one', (name) => {
    expect(isZone(name)).toBe(true)
  })
  it.each(['', '+09:00', 'Mars/Olympus', 'Asia/', 'Asia/Seoul ', 'Asia/Seoul\u0000', 'A'.repeat(65)])(
    '%j is none',
    (name) => {
      expect(isZone(name)).toBe(false)
    },
  )
})
