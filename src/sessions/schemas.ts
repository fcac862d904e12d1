import * as z from 'zod'
import { text } from '../lib/text'
import { userSchema } from '../users/schemas'

/** The longest device token that we make has about 700 characters. */
export const MAX_DEVICE_TOKEN = 1000

/** Where the client wants its tokens. */
export const tokenPlaceSchema = z.enum(['cookie', 'body']).meta({
  description: '`cookie` sets HttpOnly cookies; `body` sets none and answers with the tokens.',
})

export const TOKEN_EXAMPLE = 'eyJhbGciOiJIUzI1NiIsInR5cCI6…'

const refreshTokenSchema = text({ max: 200 })

export const refreshSchema = z.strictObject({
  refreshToken: refreshTokenSchema
    .optional()
    .meta({ description: 'From the body of a log-in. Browsers send the cookie instead.' }),
  tokens: tokenPlaceSchema
    .optional()
    .meta({ description: 'By default the tokens go where the refresh token came from.' }),
})

export const logOutSchema = z.strictObject({
  refreshToken: refreshTokenSchema.optional(),
  forgetDevice: z
    .boolean()
    .default(false)
    .meta({ description: 'Also removes the cookie by which this device is known.' }),
})

/** In the bodies of log-ins and of requests for codes. */
export const deviceTokenSchema = text({ max: MAX_DEVICE_TOKEN }).optional().meta({
  description: 'From an earlier log-in with `tokens: "body"` on this device. Browsers send the cookie instead.',
})

const sessionSchema = z
  .object({
    id: z.uuidv7(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().meta({ example: '2027-01-07T18:00:00.000Z' }),
  })
  .meta({ id: 'Session' })

/** A signed-in device. */
export const deviceSchema = z
  .object({
    ...sessionSchema.shape,
    lastSeenAt: z.iso
      .datetime()
      .meta({ description: 'When its tokens were last renewed. A client in use renews them every ten minutes.' }),
    device: z
      .string()
      .nullable()
      .meta({ description: 'The client that logged in, in words.', example: 'Chrome on Windows' }),
    country: z
      .string()
      .nullable()
      .meta({ description: 'Where the log-in came from: ISO 3166-1 alpha-2', example: 'KR' }),
    current: z.boolean().meta({ description: 'Whether this is the session of the request.', example: true }),
  })
  .meta({ id: 'Device' })

export const deviceListSchema = z.object({ sessions: z.array(deviceSchema) })

export const sessionAnswerSchema = z.object({ session: sessionSchema, user: userSchema }).meta({ id: 'SessionAnswer' })

/** The answer to a log-in. With `tokens: "body"` it has the tokens; otherwise they are in cookies. */
export const logInAnswerSchema = z.union([
  z
    .object({
      session: sessionSchema,
      user: userSchema,
      accessToken: z.string().meta({ example: TOKEN_EXAMPLE }),
      refreshToken: z.string().meta({ example: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10.0.…' }),
      tokenType: z.literal('Bearer'),
      deviceToken: z
        .string()
        .optional()
        .meta({ description: 'After a log-in: send it with the next ones, and keep it after a log-out.' }),
      expiresIn: z.int().meta({ description: 'How many seconds the access token is valid.', example: 600 }),
    })
    .meta({ id: 'TokenAnswer' }),
  sessionAnswerSchema,
])

export type Device = z.output<typeof deviceSchema>
export type Session = z.output<typeof sessionSchema>
export type SessionAnswer = z.output<typeof sessionAnswerSchema>
export type LogInAnswer = z.output<typeof logInAnswerSchema>
export type TokenPlace = z.output<typeof tokenPlaceSchema>
