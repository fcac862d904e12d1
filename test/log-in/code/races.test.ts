import { beforeEach, describe, it } from 'vitest'
import { setClock } from '../../helpers/clock'
import { stranger } from '../../helpers/codes'
import { raceLogInsAndSignUps, raceOneCode, raceOverCodes, raceSends, raceSignUps, raceWrongAndRight } from './race'

/* The same races with a stale KV: stale-kv.test.ts. */

beforeEach(() => {
  setClock(Date.parse('2026-12-01T12:00:00.000Z'))
})

const place = () => stranger()

describe('100 requests at once', () => {
  it('get one verification token for one right code', () => raceOneCode(place, 'verify'))

  it('get one session and make one user with one right code', () => raceOneCode(place, 'log_in'))

  it.each([0, 3, 99])('make at most five guesses that count, when the right code is at index %i', (right) =>
    raceWrongAndRight(place, right),
  )

  it('make 20 wrong guesses that count at four codes, and then none for a day', () => raceOverCodes(place))

  it('send one message when they ask for a code', () => raceSends(place))

  it('make one user when they sign up with one verification token', () => raceSignUps(place))

  it('make one user when they log in and sign up with a new phone', () => raceLogInsAndSignUps(place))
})
