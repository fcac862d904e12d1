import { type ErrorCode, errorCodes, type FieldError } from '../../../errors'

/** Titles for people, where the API's title is for programmers. */
const titles: Partial<Record<ErrorCode, string>> = {
  malformed_json: 'The form could not be read',
  unsupported_media_type: 'The form could not be read',
  invalid_fields: 'Something is not right yet',
  precondition_failed: 'It was changed elsewhere',
  quota_exceeded: 'There is no room for more to-dos. Deleted ones still take up room for 30 days',
  invalid_verification_token: 'The code is no longer good; ask for another one',
  invalid_second_factor_token: 'This sign-in has expired or was used, or too many codes were wrong; sign in again',
  second_factor_required: 'A code of the second factor is needed',
  wrong_second_factor: 'That code is wrong, or it has been used; wait for the next one',
  no_second_factor: 'Two-step sign-in is not on',
  identifier_reserved: 'Another account had this until a few days ago. If that was yours, use the link in our message',
  invalid_passkey: 'The passkey could not be checked, or it took too long; try again',
  unknown_passkey: 'That passkey is not known here. It may have been removed. Use another one, or sign in another way',
  too_many_passkeys: 'You have ten passkeys already. To add another one, remove one first',
  fresh_proof_required: 'Type your password, or sign in again, to show that it is you',
}

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`

const duration = (seconds: number): string =>
  seconds < 120 ? plural(seconds, 'second') : plural(Math.ceil(seconds / 60), 'minute')

export const errorTexts = {
  retryAfter: (seconds: number) => `Try again in ${duration(seconds)}.`,
  error: (errorCode: ErrorCode): string => `${titles[errorCode] ?? errorCodes[errorCode].title}.`,
  fieldError: ({ message }: FieldError): string => `${message}.`,
}
