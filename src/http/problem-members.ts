import * as z from 'zod'
import { type ErrorCode, PROOF_METHODS, SECOND_FACTOR_METHODS } from '../errors'

/*
 * The members that only some errors have (RFC 9457 3.2), for the OpenAPI document and the types of the client.
 */

/** The members that only some errors have, as the types of the client see them. */
type MembersOf<Code extends ErrorCode> = If<Code, 'identity_needs_proof', ReturnType<typeof proofMembers>> &
  If<Code, 'second_factor_required', ReturnType<typeof secondFactorMembers>> &
  If<Code, 'fresh_proof_required', ReturnType<typeof methodMembers>>

/** These members, if the error is among the codes. */
type If<Code extends ErrorCode, One extends ErrorCode, Members> = [Extract<Code, One>] extends [never]
  ? Record<never, never>
  : Members

/** The schemas of the members that these errors have besides those of RFC 9457. */
export function membersOf<Code extends ErrorCode>(codes: [Code, ...Code[]]): MembersOf<Code>
export function membersOf(codes: ErrorCode[]): object {
  return {
    ...(codes.includes('identity_needs_proof') && proofMembers()),
    ...(codes.includes('second_factor_required') && secondFactorMembers()),
    ...(codes.includes('fresh_proof_required') && methodMembers()),
  }
}

const METHODS_EXAMPLE = { methods: ['password', 'passkey'], secondFactorCodes: ['totp', 'recovery_code'] }

/** What else `fresh_proof_required` has. */
const methodMembers = () => ({
  methods: z.array(z.enum(PROOF_METHODS)).optional().meta({
    description:
      'What the account can prove again who you are by: `currentPassword` in the body, or a new log-in of one of these kinds.',
    example: METHODS_EXAMPLE.methods,
  }),
  secondFactorCodes: z
    .array(z.enum(['totp', 'recovery_code']))
    .optional()
    .meta({
      description:
        'Only if the account has an authenticator app: which codes `secondFactorCode` takes, together with `currentPassword`. A new log-in asks for one by itself; one by a passkey needs none.',
      example: METHODS_EXAMPLE.secondFactorCodes,
    }),
})

const PROOF_EXAMPLE = {
  linkToken: 'Q2l0eSBvZiBnbGFzcw',
  email: 'alice@example.com',
  expiresAt: '2026-12-24T18:00:00.000Z',
}

/** What else `identity_needs_proof` has. */
const proofMembers = () => ({
  linkToken: z.string().optional().meta({
    description: 'Links the identity, once its address is proven: `POST /api/v1/users/me/identities`.',
    example: PROOF_EXAMPLE.linkToken,
  }),
  email: z.string().optional().meta({ description: 'The address to prove.', example: PROOF_EXAMPLE.email }),
  expiresAt: z.iso
    .datetime()
    .optional()
    .meta({ description: 'When `linkToken` expires.', example: PROOF_EXAMPLE.expiresAt }),
})

const SECOND_FACTOR_EXAMPLE = {
  secondFactorToken: 'Q2l0eSBvZiBnbGFzcw',
  methods: ['totp', 'recovery_code', 'passkey'],
  expiresAt: '2026-12-24T18:05:00.000Z',
}

/** What else `second_factor_required` has. */
const secondFactorMembers = () => ({
  secondFactorToken: z.string().optional().meta({
    description: 'Goes on with the log-in: `POST /api/v1/auth/second-factor`.',
    example: SECOND_FACTOR_EXAMPLE.secondFactorToken,
  }),
  methods: z.array(z.enum(SECOND_FACTOR_METHODS)).optional().meta({
    description: 'What it can be proven by: a code of the app, a recovery code, or a passkey.',
    example: SECOND_FACTOR_EXAMPLE.methods,
  }),
  expiresAt: z.iso.datetime().optional().meta({
    description: 'When `secondFactorToken` expires.',
    example: SECOND_FACTOR_EXAMPLE.expiresAt,
  }),
})

/** Their examples. */
export const MEMBER_EXAMPLES: Partial<Record<ErrorCode, object>> = {
  identity_needs_proof: PROOF_EXAMPLE,
  second_factor_required: SECOND_FACTOR_EXAMPLE,
  fresh_proof_required: METHODS_EXAMPLE,
}
