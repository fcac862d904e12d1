const OPERATIONS = ['logIn', 'changePassword']
const FIELDS = ['password', 'newPassword', 'currentPassword']
const ERROR_CODES = ['wrong_password', 'invalid_credentials']
const HINTS = [', or `currentPassword` in the body', ', or `currentPassword`', ' a user name and a password, or with']

/** What the description of an answer says of these error codes. */
const EXPLAINED = new RegExp(`\\s*\`(?:${ERROR_CODES.join('|')})\`: [^.]*\\.`, 'g')

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The OpenAPI document of a deployment without passwords (PASSWORDS=off): without their operations, fields and errors. */
export const withoutPasswords = (document: string): string =>
  JSON.stringify(JSON.parse(document), (_key, value: unknown) => {
    if (typeof value === 'string')
      return HINTS.reduce((text, hint) => text.replace(hint, ''), value).replace(EXPLAINED, '')
    if (Array.isArray(value)) return value.filter((item) => ![...FIELDS, ...ERROR_CODES].includes(item))
    return isObject(value) ? withoutKeys(value) : value
  })

/** An object of the document without the keys that are about passwords. */
const withoutKeys = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(object).filter(([key, value]) => ![...FIELDS, ...ERROR_CODES].includes(key) && !isGone(value)),
  )

const isGoneOperation = (value: unknown): boolean =>
  isObject(value) && OPERATIONS.some((operation) => operation === value['operationId'])

/** Whether a value is an operation about passwords, or a path that has no other. */
function isGone(value: unknown): boolean {
  if (!isObject(value)) return false
  const parts = Object.values(value)
  return isGoneOperation(value) || (parts.length > 0 && parts.every(isGoneOperation))
}
