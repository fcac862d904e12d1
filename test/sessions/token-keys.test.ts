import { describe, expect, it } from 'vitest'
import type { KeySet, Keys } from '../../src/keys'
import { readVerificationToken, signVerificationToken } from '../../src/log-in/code/verification'
import { signAccessToken, verifyAccessToken } from '../../src/sessions/token'
import { workerKeys } from '../helpers/tokens'

/* Tokens whose key is missing, or cannot verify anything. */

const now = Date.now()
const ID = '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'

const proof = { purpose: 'verify', channel: 'email', to: 'alice@example.com', stamp: null } as const

/** Keys with the right names, which cannot verify a token. */
async function brokenKeys(): Promise<Keys> {
  const { current } = await workerKeys()
  const aes = { name: 'AES-GCM', length: 256 }
  const key = await crypto.subtle.generateKey(aes, false, ['encrypt', 'decrypt'])
  if (!(key instanceof CryptoKey)) throw new Error('One key was asked for')
  const broken: KeySet = { ...current, accessToken: key, verification: key }
  return { current: broken, all: [broken] }
}

describe('a token', () => {
  it('is refused when its key is gone', async () => {
    const { current } = await workerKeys()
    const renamed: KeySet = { ...current, kid: 'another' }
    const others: Keys = { current: renamed, all: [renamed] }
    const { token } = await signAccessToken(others, { sessionId: ID, userId: ID, sessionEndsAt: now + 60_000, now })
    const { verificationToken } = await signVerificationToken(others, proof, now)
    const keys = await workerKeys()
    expect(await verifyAccessToken(keys, token, { now })).toBeNull()
    const reading = readVerificationToken(keys, verificationToken, { purpose: 'verify', now })
    await expect(reading).rejects.toMatchObject({ code: 'invalid_verification_token' })
  })

  it('is not called invalid when the key is at fault', async () => {
    const keys = await workerKeys()
    const { token } = await signAccessToken(keys, { sessionId: ID, userId: ID, sessionEndsAt: now + 60_000, now })
    const { verificationToken } = await signVerificationToken(keys, proof, now)
    const broken = await brokenKeys()
    await expect(verifyAccessToken(broken, token, { now })).rejects.toThrow(TypeError)
    const reading = readVerificationToken(broken, verificationToken, { purpose: 'verify', now })
    await expect(reading).rejects.toThrow(TypeError)
  })
})
