import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

/*
 * No secret and no contact may appear in a log (ASVS 16.2.5). In every test, clients note the secrets and contacts that they
 * send and receive. After the test, no line of the Worker's log may contain any of them.
 */

const METHODS = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

/** Fields that hold a secret or a contact, at any depth of a body. */
const SECRET_FIELDS = new Set(
  [
    'accessToken access_token challengeToken code codeVerifier currentPassword email form id_token idToken identifier linkToken label newPassword',
    'nonce password phone refreshToken state text to verificationToken verificationTokens',
  ].flatMap((names) => names.split(' ')),
)

/** The settings that are secret. A key of several lines counts by its longest one, because a log writes line breaks in another way. */
const SECRET_SETTINGS = Object.entries(env).flatMap(([name, value]: [string, unknown]) =>
  typeof value === 'string' && /(SECRET|PEPPER|KEY|TOKEN)$/.test(name)
    ? value
        .split('\n')
        .sort((one, other) => other.length - one.length)
        .slice(0, 1)
    : [],
)

/** Shorter texts appear in logs by chance. A code has six digits. */
const MIN_LENGTH = 6

/** Not a log: it shows messages to a developer on their own computer. */
const OUTBOX_LINE = 'Outbox: '

const watched = new WeakSet<Console>()
let lines: string[] = []
let secrets = new Set<string>()

const print = console.log.bind(console)

/** Collects all logs from now on, and does not print them: printing takes time, and nobody reads the logs of a test that passes. */
export function watchLogs(): void {
  if (watched.has(console)) return
  watched.add(console)
  for (const method of METHODS) {
    console[method] = (...values: unknown[]) => {
      lines.push(values.map(String).join(' '))
    }
  }
}

/** Prints what was logged since the test began. */
export const showLog = (): void => print(lines.join('\n'))

/** Notes the secrets in a body: the fields with names of secrets. If `isSecret`, a string is itself one, and so is each string of an array. */
export function noteSecrets(value: unknown, isSecret = false): void {
  if (ArrayBuffer.isView(value)) return
  if (typeof value === 'string') {
    if (isSecret && value.length >= MIN_LENGTH && !isName(value)) secrets.add(value)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (name === 'identifier' && typeof member === 'string' && ID.test(member)) continue
      noteSecrets(member, SECRET_FIELDS.has(name) || (isSecret && Array.isArray(value)))
    }
  }
}

/** Operators find accounts by their ids, too. An id is no secret. */
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Notes the secrets in the query of an address, or in a form. */
export function noteQuery(text: string): void {
  const query = text.slice(text.indexOf('?') + 1)
  // The pages call a path `to`.
  const all = [...new URLSearchParams(query)].filter(([, value]) => !value.startsWith('/'))
  noteSecrets(Object.fromEntries(all))
}

/** `code` may also be the code of an error, `identifier` a user name, and `to` a path of the console. */
const isName = (value: string): boolean => /^[a-z][a-z0-9_]*$|^\/console\b/.test(value)

/** Fails if a secret was logged. Forgets all lines and secrets. */
export function expectNoSecretsLogged(): void {
  const [written, known] = [lines, secrets]
  lines = []
  secrets = new Set()
  const logged = written.filter((line) => !line.startsWith(OUTBOX_LINE))
  const leaked = [
    ...[...known].filter((secret) => logged.some((line) => contains(line, secret))),
    ...SECRET_SETTINGS.filter((secret) => logged.some((line) => line.includes(secret))),
  ]
  expect(leaked, 'secrets and contacts in the log').toEqual([])
}

/** Whether the line contains the secret as a whole word, not as part of an id for example. */
const contains = (line: string, secret: string): boolean =>
  line.includes(secret) &&
  line.split(secret).some((before, index, parts) => {
    const after = parts[index + 1]
    return after !== undefined && !/[\w-]$/.test(before) && !/^[\w-]/.test(after)
  })
