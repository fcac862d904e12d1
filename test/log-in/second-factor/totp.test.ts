import { describe, expect, it } from 'vitest'
import { fromBase32, RFC_4648, toBase32 } from '../../../src/log-in/second-factor/base32'
import { toConfirmed } from '../../../src/log-in/second-factor/compare-second-factor'
import { readRecoveryCode } from '../../../src/log-in/second-factor/recovery-codes'
import { readTypedCode } from '../../../src/log-in/second-factor/schemas'
import { codeAt, keyUri, newSecret, stepAt, stepOf } from '../../../src/log-in/second-factor/totp'

/** The secret of RFC 6238, appendix B: `12345678901234567890`. */
const SECRET = toBase32(new TextEncoder().encode('12345678901234567890'), RFC_4648)

describe('a row of a second factor', () => {
  const row = { userId: 'alice', secret: 'sealed', kid: 'k1', confirmedAt: 1, since: 1 }
  const rest = { pendingSecret: 'x', pendingUntil: 1, lastStep: 0, passedBy: null, recoveryHashes: [] }

  it('is none while it waits for its first code', () => {
    const waiting = { userId: 'alice', secret: null, kid: null, confirmedAt: null, since: null }
    expect(toConfirmed({ ...waiting, ...rest })).toBeUndefined()
    expect(toConfirmed({ ...row, ...rest })).toEqual(row)
  })
})

describe('a code of an authenticator app', () => {
  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('is that of RFC 6238 at %i s', async (seconds, code) => {
    expect(await codeAt(SECRET, stepAt(seconds * 1000), 8)).toBe(code)
    expect(await codeAt(SECRET, stepAt(seconds * 1000))).toBe(code.slice(2))
  })

  it('counts in its own 30 seconds, and in those before and after', async () => {
    const now = 1_234_567_890_000
    for (const difference of [-2, -1, 0, 1, 2]) {
      const step = stepAt(now) + difference
      const expected = Math.abs(difference) <= 1 ? step : null
      expect(await stepOf(SECRET, await codeAt(SECRET, step), now)).toBe(expected)
    }
    expect(await stepOf(SECRET, '', now)).toBeNull()
  })
})

describe('a secret', () => {
  it('has 160 bits, and apps read it', () => {
    const secret = newSecret()
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(fromBase32(secret)).toHaveLength(20)
    expect(toBase32(fromBase32(secret), RFC_4648)).toBe(secret)
    expect(newSecret()).not.toBe(secret)
  })

  it('is in an address that apps open', () => {
    expect(keyUri('AAAA', { issuer: 'localhost:8787', account: 'alice@example.com' })).toBe(
      'otpauth://totp/localhost%3A8787:alice%40example.com?secret=AAAA&issuer=localhost%3A8787&algorithm=SHA1&digits=6&period=30',
    )
  })
})

describe('a typed code', () => {
  it.each([
    ['123456', { kind: 'totp', code: '123456' }],
    [' 123 456\u200b', { kind: 'totp', code: '123456' }],
    ['１２３-４５６', { kind: 'totp', code: '123456' }],
    ['7K2M-QX9D-40WJ-V6TA', { kind: 'recovery_code', code: '7K2MQX9D40WJV6TA' }],
    ['7k2m qx9d 4owj v6ta', { kind: 'recovery_code', code: '7K2MQX9D40WJV6TA' }],
    ['lk2mqx9d4owjv6ta', { kind: 'recovery_code', code: '1K2MQX9D40WJV6TA' }],
    ['UK2MQX9D40WJV6TA', { kind: 'totp', code: '' }],
    ['12345', { kind: 'totp', code: '' }],
    ['', { kind: 'totp', code: '' }],
    [123456, { kind: 'totp', code: '' }],
    [null, { kind: 'totp', code: '' }],
    [`${'1'.repeat(100_000)}`, { kind: 'totp', code: '' }],
  ])('%j is read', (typed, read) => {
    expect(readTypedCode(typed)).toEqual(read)
  })

  it('is a recovery code only with 16 characters', () => {
    expect(readRecoveryCode('7K2MQX9D40WJV6T')).toBeNull()
    expect(readRecoveryCode('7K2MQX9D40WJV6TAA')).toBeNull()
  })
})
