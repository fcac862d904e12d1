import { expect } from 'vitest'

/*
 * Holds everything that the Worker logs, in every test, against the secrets and contacts that the test used (ASVS 16.2.5): the
 * clients say which those are, and after each test none of them may stand in any line.
 */

const METHODS = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

/** What holds a secret or a contact, wherever it stands in a body. */
const SECRET_FIELDS = new Set(
  'accessToken code currentPassword email identifier newPassword password phone refreshToken text to verificationToken verificationTokens'.split(
    ' ',
  ),
)

/** Shorter ones stand in lines by chance; a code has six digits. */
const MIN_LENGTH = 6

/** Not a log: where messages are shown on one's own computer. */
const OUTBOX_LINE = 'Outbox: '

const watched = new WeakSet<Console>()
let lines: string[] = []
let secrets = new Set<string>()

const print = console.log.bind(console)

/** Keeps what is logged from now on to itself: of a test that passes nobody reads it, and to carry it out takes time. */
export function watchLogs(): void {
  if (watched.has(console)) return
  watched.add(console)
  for (const method of METHODS) {
    console[method] = (...values: unknown[]) => {
      lines.push(values.map(String).join(' '))
    }
  }
}

/** Shows what was logged since the test began. */
export const showLog = (): void => print(lines.join('\n'))

/** Says that `value` is a secret, or that what it holds under names of secrets is. */
export function noteSecrets(value: unknown, isSecret = false): void {
  if (ArrayBuffer.isView(value)) return
  if (typeof value === 'string') {
    if (isSecret && value.length >= MIN_LENGTH && !isName(value)) secrets.add(value)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      noteSecrets(member, SECRET_FIELDS.has(name) || (isSecret && Array.isArray(value)))
    }
  }
}

/** What stands in `code` and `identifier` may also be an error's code or a user name. */
const isName = (value: string): boolean => /^[a-z][a-z0-9_]*$/.test(value)

/** Fails if a line holds a secret; then forgets all lines and secrets. */
export function expectNothingTold(): void {
  const [written, known] = [lines, secrets]
  lines = []
  secrets = new Set()
  const logged = written.filter((line) => !line.startsWith(OUTBOX_LINE))
  const told = [...known].filter((secret) => logged.some((line) => holds(line, secret)))
  expect(told, 'secrets and contacts in the log').toEqual([])
}

/** Whole, and not as a part of a longer word, such as an id. */
const holds = (line: string, secret: string): boolean =>
  line.includes(secret) &&
  line.split(secret).some((before, index, parts) => {
    const after = parts[index + 1]
    return after !== undefined && !/[\w-]$/.test(before) && !/^[\w-]/.test(after)
  })
