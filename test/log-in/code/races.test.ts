import { beforeEach, describe, it } from 'vitest'
import { setClock } from '../../helpers/clock'
import { stranger } from '../../helpers/codes'
import { raceLogInsAndSignUps, raceOneCode, raceOverCodes, raceSends, raceSignUps, raceWrongAndRight } from './race'

/* 100 requests at once, of one contact. The same races in front of a KV that is stale: otp-stale-kv.test.ts. */

beforeEach(() => {
  setClock(Date.parse('2026-12-01T12:00:00.000Z'))
})

const place = () => stranger()

describe('of 100 at once', () => {
  it('with the right code exactly one gets the verification token', () => raceOneCode(place, 'verify'))

  it('with the right code exactly one is logged in, and one user is made', () => raceOneCode(place, 'log_in'))

  it.each([0, 3, 99])('99 wrong and one right, as number %i, at most five count', (right) =>
    raceWrongAndRight(place, right),
  )

  it('wrong at each of four codes 20 count in all, and then none for a day', () => raceOverCodes(place))

  it('that ask for a code one gets a message', () => raceSends(place))

  it('that sign up with one verification token one makes a user', () => raceSignUps(place))

  it('that log in to a new phone or sign up with it one makes the user', () => raceLogInsAndSignUps(place))
})
