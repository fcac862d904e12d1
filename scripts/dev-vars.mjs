import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Whether a text of the form of .dev.vars sets a name. */
const sets = (text, name) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`, 'm').test(text)

/**
 * Makes .dev.vars with new secrets if there is none. If there is one, it only adds `OUTBOX_TOKEN` where that is missing.
 * @param {string} file
 * @returns {string[]} what was done, in words
 */
export function prepareDevVars(file) {
  const secret = () => randomBytes(32).toString('base64url')
  if (!existsSync(file)) {
    const lines = [
      '# Settings of `npm run dev`, read by wrangler. It makes this file once, and adds a line only if OUTBOX_TOKEN is missing.',
      '# Do not commit it.',
      `AUTH_SECRET="${secret()}"`,
      `PASSWORD_PEPPER="${secret()}"`,
      'DELIVERY="outbox"', // messages are kept at /dev/outbox instead of being sent
      `OUTBOX_TOKEN="${secret()}"`,
    ]
    // `wx` never overwrites a file.
    writeFileSync(file, `${lines.join('\n')}\n`, { flag: 'wx', mode: 0o600 })
    return ['Made .dev.vars with new secrets']
  }
  const text = readFileSync(file, 'utf8')
  if (sets(text, 'OUTBOX_TOKEN')) return []
  appendFileSync(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}OUTBOX_TOKEN="${secret()}"\n`)
  return ['Added OUTBOX_TOKEN to .dev.vars']
}

/**
 * A setting of .dev.vars, or undefined if it is not there.
 * @param {string} file
 * @param {string} name
 * @returns {string | undefined}
 */
export function readDevVar(file, name) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=\\s*(["']?)(.*?)\\1\\s*$`, 'm').exec(text)?.[2]
}

/**
 * The token that shows the messages, or undefined if .dev.vars says that messages are sent.
 * @param {string} file
 * @returns {string | undefined}
 */
export function readOutboxToken(file) {
  return readDevVar(file, 'DELIVERY') === 'outbox' ? readDevVar(file, 'OUTBOX_TOKEN') || undefined : undefined
}

/** The page that lets a browser see the messages. */
export const outboxLink = (origin, token) => `${origin}/console/outbox?token=${encodeURIComponent(token)}`
