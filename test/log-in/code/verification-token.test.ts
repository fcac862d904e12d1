import { expect, it } from 'vitest'
import { Client } from '../../helpers/client'
import { MINUTE, setClock } from '../../helpers/clock'
import { PASSWORD } from '../../helpers/people'
import { verificationTokenFor } from '../../helpers/tokens'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')

it.each([
  ['6 s before it was made, by our clock', -6000, 403],
  ['5.001 s before', -5001, 403],
  ['5 s before: our clocks may differ so much', -5000, 201],
  ['4 s before', -4000, 201],
  ['a millisecond before its ten minutes are over', 10 * MINUTE - 1, 201],
  ['when they are over', 10 * MINUTE, 403],
  ['5 s later', 10 * MINUTE + 5000, 403],
])('a verification token that is used %s', async (_, after, status) => {
  setClock(NOON)
  const token = await verificationTokenFor({ channel: 'email', to: 'alice@example.com' })
  setClock(NOON + after)
  const body = { username: 'alice', password: PASSWORD, verificationTokens: [token] }
  const answer = await new Client().post('/auth/sign-up', body)
  expect(answer.status).toBe(status)
  if (status === 403) expect(answer.body.code).toBe('invalid_verification_token')
})
