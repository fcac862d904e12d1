import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors'
import { type LogInOutcome, requireBegun } from '../../src/log-in/outcome'

describe('the outcome of a log-in', () => {
  const refusal = () => new AppError('invalid_credentials')

  it('is an answer only when a session has begun', () => {
    const refused: LogInOutcome<Record<string, never>> = { kind: 'refused', first: {}, holders: [], obstacle: null }
    expect(() => requireBegun(refused, refusal)).toThrow(refusal())
  })

  it('is no answer while a second factor is missing', () => {
    const members = { secondFactorToken: 'sealed', methods: ['totp' as const], expiresAt: '2026-12-01T12:05:00.000Z' }
    expect(() => requireBegun({ kind: 'second_factor', ...members }, refusal)).toThrow(
      new AppError('second_factor_required', { members }),
    )
  })
})
