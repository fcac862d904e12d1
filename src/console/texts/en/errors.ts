import { type ErrorCode, errorCodes, type FieldError } from '../../../errors'
import { type FieldWords, wordsFor } from '../field-words'

/** Titles for people, where the API's title is for programmers. */
const titles: Partial<Record<ErrorCode, string>> = {
  malformed_json: 'The form could not be read',
  ambiguous_credentials: 'Your browser sent two sign-ins at once; sign out and in again',
  unsupported_media_type: 'The form could not be read',
  content_too_large: 'That is too much at once',
  method_not_allowed: 'That cannot be done here',
  cross_site_request: 'That came from another site, so it was not done',
  unauthenticated: 'You are signed out',
  invalid_refresh_token: 'You are signed out',
  invalid_credentials: 'That name or that password is wrong',
  invalid_fields: 'Something is not right yet',
  precondition_failed: 'It was changed elsewhere',
  quota_exceeded: 'There is no room for more to-dos. Deleted ones still take up room for 30 days',
  invalid_code: 'The code is wrong, or it is too old',
  code_attempts_exceeded: 'Too many wrong codes, so the code that we sent does not work any more. Request a new code',
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
  last_way_to_log_in: 'This is the last way to sign in. Add another one first',
  list_not_empty: 'There are to-dos in the list. Say what becomes of them',
  channel_not_configured: 'We cannot send messages there. Use the other kind of address, or sign in another way',
  misconfigured: 'This service is not set up completely',
}

const USERNAME = 'That does not work as a user name. Read below what does'
const NO_SUCH_DAY = 'There is no such day or time. Choose another one'

const fieldWords: FieldWords = {
  invalid: 'This cannot be taken like that',
  required: 'This is needed',
  too_short: (limit) => (limit > 1 ? `Use at least ${limit} characters` : 'This must not be empty'),
  too_long: (limit) => `This is too long. Use at most ${limit.toLocaleString('en')} characters`,
  too_big: (limit) => `This is too long. Use at most ${limit.toLocaleString('en')} characters`,
  not_allowed: 'This cannot be chosen here',
  invalid_format: 'This is not written as it must be',
  invalid_characters: 'There are characters in it that cannot be kept. Type it again',
  too_many_marks: 'There are too many marks on one letter',
  too_common: 'Many people use this password, so it is easy to guess. Use another one',
  own_name: 'Your name, your address or your number is easy to guess. Use another password',
  invalid_email: 'That is not an e-mail address',
  invalid_phone: 'That is not a mobile number',
  invalid_contact: 'That is neither an e-mail address nor a mobile number',
  country_not_served: 'We send no text messages to that country. Use an e-mail address',
  duplicate: 'The same thing is in it twice',
  no_such_parent: 'The to-do that it was under is gone',
  nested_too_deep: 'A subtask cannot have subtasks',
  too_many_subtasks: 'A to-do can have up to 100 subtasks',
  no_such_list: 'That list is gone. Choose another one',
  recurrence_without_due: 'To repeat, it needs a date',
  recurrence_of_subtask: 'A subtask cannot repeat by itself',
  too_many_lists: 'You can have up to 200 lists',
  too_large: 'Files can have up to 5 MB',
  too_many_lines: 'Files can have up to 10,000 to-dos and lists',
  unknown_encoding: 'The file must be in UTF-8',
  unknown_format: 'There are no to-dos in it that we can read. It must be one of the formats above',
  file_gone: 'The file is not there any more, or it is another one. Choose it again',
  // Of the file that is imported.
  '/ required': 'Choose a file',
  '/secondFactorCode required': 'The account has a second factor. Type a code of it too',
  '/username invalid_format': USERNAME,
  '/username too_long': USERNAME,
  '/due invalid_format': NO_SUCH_DAY,
  '/due too_big': NO_SUCH_DAY,
  '/dueAt invalid_format': NO_SUCH_DAY,
  '/recurrence invalid_format': 'It cannot repeat like that. Choose another way',
  '/timeZone invalid_format': 'Choose a time zone from the list',
  '/labels too_big': (limit) => `Use at most ${limit} labels`,
  '/labels too_long': (limit) => `A label can have at most ${limit} characters`,
  '/labels duplicate': 'The same label is in it twice',
}

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`

const duration = (seconds: number): string =>
  seconds < 120 ? plural(seconds, 'second') : plural(Math.ceil(seconds / 60), 'minute')

export const errorTexts = {
  retryAfter: (seconds: number) => `Try again in ${duration(seconds)}.`,
  /** The same, for the script that counts down: it puts `in 43 seconds` in the place of the braces. */
  retryIn: 'Try again {}.',
  retryNow: 'You can try again now.',
  error: (errorCode: ErrorCode): string => `${titles[errorCode] ?? errorCodes[errorCode].title}.`,
  fieldError: (error: FieldError): string => `${wordsFor(fieldWords, error)}.`,
}
