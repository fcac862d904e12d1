const OPERATIONS = ['logIn', 'changePassword']
const FIELDS = ['password', 'newPassword', 'currentPassword']
const ERROR_CODES = ['wrong_password', 'invalid_credentials']
const HINTS = [', or `currentPassword` in the body', ', or `currentPassword`', ' a user name and a password, or with']

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The OpenAPI document of a deployment without passwords (PASSWORDS=off): without their operations, fields and errors. */
export const withoutPasswords = (document: string): string =>
  JSON.stringify(JSON.parse(document), (_key, value: unknown) => {
    if (typeof value === 'string') return HINTS.reduce((text, hint) => text.replace(hint, ''), value)
    if (Array.isArray(value)) return value.filter((item) => ![...FIELDS, ...ERROR_CODES].includes(item))
    return isObject(value) ? withoutKeys(value) : value
  })

/** An object of the document without the keys that are about passwords. */
function withoutKeys(object: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(object).filter(
    ([key, value]) =>
      ![...FIELDS, ...ERROR_CODES].includes(key) &&
      !(isObject(value) && OPERATIONS.some((operation) => operation === value['operationId'])),
  )
  return Object.fromEntries(kept)
}
