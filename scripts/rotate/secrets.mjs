import { createHmac, hkdfSync, randomBytes } from 'node:crypto'

/**
 * A secret that can be turned over: its settings, and how the Worker names it (`src/keys.ts`, `src/log-in/password/hash.ts`). A name tells
 * nothing about the secret.
 * @typedef {object} Kind
 * @property {string} current the setting that signs or hashes
 * @property {string} previous the setting that only verifies
 * @property {string} next in the owner's file: the secret that is about to be the current one
 * @property {(secret: string) => string} nameOf
 * @property {(report: any) => { current: string, previous: string | null }} namesIn what the Worker says it has
 */

/** @type {Record<'auth' | 'pepper', Kind>} */
export const KINDS = {
  auth: {
    current: 'AUTH_SECRET',
    previous: 'AUTH_SECRET_PREVIOUS',
    next: 'AUTH_SECRET_NEXT',
    nameOf: (secret) => Buffer.from(hkdfSync('sha256', secret, '', 'latchkey/kid', 8)).toString('base64url'),
    namesIn: ({ authSecret }) => ({ current: authSecret.kid, previous: authSecret.previousKid }),
  },
  pepper: {
    current: 'PASSWORD_PEPPER',
    previous: 'PASSWORD_PEPPER_PREVIOUS',
    next: 'PASSWORD_PEPPER_NEXT',
    nameOf: (secret) =>
      createHmac('sha256', secret).update('latchkey/pepper-id').digest().subarray(0, 6).toString('base64url'),
    namesIn: ({ pepper }) => ({ current: pepper.id, previous: pepper.previousId }),
  },
}

export const newSecret = () => randomBytes(32).toString('base64')
