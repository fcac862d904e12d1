import * as z from 'zod'
import { text, visibleText } from '../lib/text'
import { isZone } from '../lib/zone'

export const USERNAME_EXAMPLE = 'alice'

/**
 * A user name in its one spelling: lower-case ASCII. A user name has a letter and no `@`, so it never looks like a phone number or
 * an e-mail address.
 */
export const usernameSchema = text({ max: 64, isPasted: true })
  .regex(
    /^(?=.*[A-Za-z])[A-Za-z0-9._-]{3,32}$/,
    '3 to 32 letters a–z, digits, ".", "_" or "-", with at least one letter',
  )
  .toLowerCase()
  .meta({
    maxLength: 32,
    description: 'Any letter case. Invisible characters, and spaces at its ends, do not count.',
    example: USERNAME_EXAMPLE,
  })

export const nameSchema = visibleText(100).meta({ example: 'Alice Liddell' })
export const nicknameSchema = visibleText(50).meta({ example: 'Al' })

export const timeZoneSchema = z
  .string()
  .refine(isZone, {
    params: { code: 'invalid_format' },
    message: 'Must be a name of the IANA time zones, such as Asia/Seoul',
  })
  .meta({
    description: 'The IANA time zone whose days are those of the user. Null counts as UTC.',
    example: 'Asia/Seoul',
  })

/** A user, as the API shows it to that user. */
export const userSchema = z
  .object({
    id: z.uuidv7(),
    username: z.string().nullable().meta({ example: USERNAME_EXAMPLE }),
    email: z.string().nullable().meta({ example: 'alice@example.com' }),
    phone: z.string().nullable(),
    name: z.string().nullable(),
    nickname: z.string().nullable(),
    timeZone: timeZoneSchema.nullable(),
    hasPassword: z.boolean().meta({ example: true }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' })

export type User = z.output<typeof userSchema>
