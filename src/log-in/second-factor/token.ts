import * as z from 'zod'
import { CHANNELS } from '../../delivery/message'
import { AppError, SECOND_FACTOR_METHODS, type SecondFactorMethod } from '../../errors'
import type { Keys } from '../../keys'
import { seal, unsealWithAny } from '../../lib/seal'
import { isoTime, MINUTE_MS, SECOND_MS } from '../../lib/time'
import { knownDeviceSchema } from '../../sessions/known-device'
import { tokenPlaceSchema } from '../../sessions/schemas'
import { PROVIDER_IDS } from '../../users/provider-ids'
import { CREDENTIALS, LOG_IN_METHODS } from '../../users/ways-to-log-in'
import type { OneTimeToken } from '../spent-tokens'

/*
 * A log-in that waits for its second factor, sealed for its client to bring back: the second-factor token. The proof of the first factor
 * was spent when it was given. The token is spent in the transaction that begins the session. It has what that transaction needs, also the
 * sealed secret of the authenticator app, so that one round trip is enough.
 */

/** How long a log-in waits for its second factor. */
export const SECOND_FACTOR_LIFE_MS = 5 * MINUTE_MS

/** Made when it is first needed: most requests need none. */
const makeWaitingSchema = () =>
  z.object({
    jti: z.uuid(),
    /** In s since 1970. */
    exp: z.int(),
    userId: z.uuidv7(),
    /** The account's proof stamp at the first factor: a new password, a reset, a block, and “end all” end the token. */
    stamp: z.string(),
    /** What the first factor was. */
    method: z.enum(LOG_IN_METHODS),
    provider: z.enum(PROVIDER_IDS).optional(),
    identity: z.object({ issuer: z.string(), subject: z.string() }).optional(),
    channel: z.enum(CHANNELS).optional(),
    proof: z.object({ provenBy: z.enum(CREDENTIALS), provenSince: z.number() }),
    device: knownDeviceSchema,
    tokensIn: tokenPlaceSchema,
    /** The authenticator app as it was then. Another one ends the token. Somebody who needs a passkey may have none. */
    factor: z.object({ confirmedAt: z.int(), since: z.int(), secret: z.string(), kid: z.string() }).optional(),
  })

let waitingSchema: ReturnType<typeof makeWaitingSchema> | undefined

export type WaitingLogIn = z.output<ReturnType<typeof makeWaitingSchema>>

/** What the client gets: the token, how to go on, and until when. */
export interface SecondFactorAsked {
  secondFactorToken: string
  methods: SecondFactorMethod[]
  expiresAt: string
}

/** Seals a log-in that waits for its second factor. */
export async function askForSecondFactor(
  keys: Keys,
  waiting: Omit<WaitingLogIn, 'jti' | 'exp'>,
  { recoveryCodesLeft, hasPasskey, now }: { recoveryCodesLeft: number; hasPasskey: boolean; now: number },
): Promise<SecondFactorAsked> {
  const can = { totp: waiting.factor !== undefined, recovery_code: recoveryCodesLeft > 0, passkey: hasPasskey }
  const exp = Math.floor((now + SECOND_FACTOR_LIFE_MS) / SECOND_MS)
  const text = JSON.stringify({ ...waiting, jti: crypto.randomUUID(), exp })
  return {
    secondFactorToken: await seal(keys.current.secondFactor, text),
    methods: SECOND_FACTOR_METHODS.filter((method) => can[method]),
    expiresAt: isoTime(exp * SECOND_MS),
  }
}

/** @throws {AppError} `invalid_second_factor_token`. Whether it was spent or has ended, only D1 knows. */
export async function openSecondFactorToken(keys: Keys, token: string, now: number): Promise<WaitingLogIn> {
  const text = await unsealWithAny(
    keys.all.map(({ secondFactor }) => secondFactor),
    token,
  )
  waitingSchema ??= makeWaitingSchema()
  const waiting = text === null ? undefined : waitingSchema.safeParse(JSON.parse(text)).data
  if (!waiting || waiting.exp * SECOND_MS <= now) throw new AppError('invalid_second_factor_token')
  return waiting
}

/** How the token is spent. */
export const oneTimeTokenOf = ({ jti, exp }: WaitingLogIn): OneTimeToken => ({ jti, exp })
