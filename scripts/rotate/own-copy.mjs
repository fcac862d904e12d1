// The copy of the secrets that the owner of a deployment keeps, because Cloudflare never shows them again: a file, or what is typed and shown.

import { existsSync, renameSync, rmSync } from 'node:fs'
import { outsideOf, readSecretsFile, writeSecretsFile } from '../deploy/secrets-file.mjs'
import { Missing, Stop } from '../deploy/stop.mjs'
import { confirm } from '../deploy/terminal.mjs'

/**
 * @typedef {object} OwnCopy
 * @property {Record<string, string>} secrets
 * @property {(secrets: Record<string, string>) => void} replace
 * @property {(name: string, value: string) => Promise<void>} keepNew a new secret, before it is used
 */

/** @param {import('./rotate.mjs').Rotation} d @returns {OwnCopy} */
export function openOwnCopy(d) {
  const { file } = d.options
  return file === undefined ? typedCopy(d) : fileCopy(d)
}

/** @returns {OwnCopy} */
function fileCopy({ root, options: { file: given } }) {
  const file = outsideOf(given, root)
  const copy = {
    secrets: existsSync(file) ? { ...readSecretsFile(file, root) } : {},
    /** A new file takes the place of the old one, so that there is a whole one at every moment. */
    replace(secrets) {
      const fresh = `${file}.new`
      rmSync(fresh, { force: true })
      writeSecretsFile(fresh, secrets, root)
      renameSync(fresh, file)
      copy.secrets = secrets
    },
    async keepNew(name, value) {
      copy.replace({ ...copy.secrets, [name]: value })
    },
  }
  return copy
}

/** @returns {OwnCopy} */
function typedCopy({ terminal, canAsk }) {
  if (!canAsk)
    throw new Missing(
      '--file FILE',
      'The file has your copy of the secrets, and gets the new ones: docs/operations.md.',
    )
  return {
    secrets: {},
    replace() {},
    async keepNew(name, value) {
      terminal.say(
        `\n  This is the new secret. Cloudflare never shows it again, so keep a copy where only you get at it.\n`,
      )
      terminal.say(`    ${name.replace(/_NEXT$/, '')}=${value}\n`)
      if (!(await confirm(terminal, '  Have you kept it?', false))) {
        throw new Stop('Nothing was changed, and this secret is used nowhere.')
      }
    },
  }
}

/** The secret that the deployment has now, as its owner knows it. @param {import('./rotate.mjs').Rotation} d */
export async function currentOf(d) {
  const { current, previous } = d.kind
  const known = d.copy.secrets[current]
  if (known) return known
  if (!d.canAsk)
    throw new Missing(
      `${current} in ${d.options.file}`,
      'Without your copy of it only --leaked works, which signs everybody out.',
    )
  d.terminal.say(`  ${previous} has to be set to the secret that ${d.environment.worker} has now.`)
  const typed = await d.terminal.ask(`${current}:`, { hidden: true })
  if (typed === '') throw new Stop('Nothing was changed.')
  return typed
}
