// Turns AUTH_SECRET or PASSWORD_PEPPER over while the deployment goes on, or ends everything that AUTH_SECRET has signed.

import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ApiError } from '../deploy/cloudflare.mjs'
import { readEnvironment } from '../deploy/environment.mjs'
import { logIn } from '../deploy/steps/log-in.mjs'
import { findInCloudflare } from '../deploy/steps/look-around.mjs'
import { Stop } from '../deploy/stop.mjs'
import { makeWrangler } from '../deploy/wrangler.mjs'
import { endEverything } from './leaked.mjs'
import { openOwnCopy } from './own-copy.mjs'
import { KINDS } from './secrets.mjs'
import { finish, turnOver } from './turn-over.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export const HELP = `npm run rotate -- auth|pepper [options]

  auth             turn AUTH_SECRET over: nobody is signed out
  pepper           turn PASSWORD_PEPPER over: every password goes on working

  --env NAME       of this environment of wrangler.toml (default: production)
  --file FILE      your copy of the secrets, outside of the repository (NAME=VALUE lines); it gets the new one
  --finish         remove the old secret, once nothing needs it
  --leaked         auth only: a new secret and nothing else, which signs everybody out at once
  --yes            do not ask before --leaked
  --wait SECONDS   how long the new secret is only accepted, before it signs (default: 60)
  --verbose        show what wrangler prints

It needs OPERATOR_TOKEN in the environment, to ask the Worker which secrets it has.
`

const flags = {
  env: { type: 'string' },
  file: { type: 'string' },
  finish: { type: 'boolean', default: false },
  leaked: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  wait: { type: 'string', default: '60' },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

/**
 * @typedef {object} Rotation what the steps share
 * @property {string} root
 * @property {ReturnType<typeof readOptions>} options
 * @property {import('./secrets.mjs').Kind} kind
 * @property {import('./own-copy.mjs').OwnCopy} copy
 * @property {boolean} canAsk
 * @property {import('../deploy/terminal.mjs').Terminal} terminal
 * @property {NodeJS.ProcessEnv} variables
 * @property {import('../deploy/environment.mjs').Environment} environment
 * @property {ReturnType<typeof makeWrangler>} wrangler
 * @property {string} origin
 * @property {typeof globalThis.fetch} fetch
 * @property {(ms: number) => Promise<unknown>} wait
 */

function readOptions(args) {
  try {
    const { values, positionals } = parseArgs({ args, options: flags, allowPositionals: true })
    const [what, ...more] = positionals
    if (values.help) return { ...values, what: 'auth' }
    if (!(what === 'auth' || what === 'pepper') || more.length > 0) throw new Stop('Say auth or pepper.', HELP)
    if (values.leaked && (what === 'pepper' || values.finish))
      throw new Stop('--leaked is for auth, and goes alone.', HELP)
    if (!/^\d{1,4}$/.test(values.wait)) throw new Stop('--wait takes a number of seconds.', HELP)
    return { ...values, what }
  } catch (error) {
    if (error instanceof Stop) throw error
    throw new Stop(error.message, HELP)
  }
}

/** @param {Parameters<typeof import('../deploy/deploy.mjs').deploy>[0]} call @returns {Promise<0 | 1>} the exit code */
export async function rotate({
  args,
  terminal,
  root = ROOT,
  variables = process.env,
  fetch = globalThis.fetch,
  wait = setTimeout,
}) {
  try {
    const options = readOptions(args)
    if (options.help) {
      terminal.say(HELP)
      return 0
    }
    const environment = readEnvironment(root, options.env, variables)
    const canAsk = terminal.canAsk && !variables.CI
    const d = { root, options, kind: KINDS[options.what], terminal, variables, environment, fetch, wait, canAsk }
    await run(d)
    return 0
  } catch (error) {
    if (!(error instanceof Stop || error instanceof ApiError)) throw error
    terminal.warn(`\nnpm run rotate: ${error.message}`)
    if (error.whatToDo) terminal.warn(error.whatToDo)
    return 1
  }
}

async function run(d) {
  const { environment, options, terminal, variables, root } = d
  terminal.say(`${d.kind.current} of ${environment.name}: the Worker ${environment.worker}`)
  const show = options.verbose ? terminal.say : undefined
  d.wrangler = makeWrangler({ root, environment: variables, show })
  await logIn(d)
  d.wrangler = makeWrangler({ root, environment: { ...variables, CLOUDFLARE_ACCOUNT_ID: d.accountId }, show })
  d.found = await findInCloudflare(d)
  const { running } = d.found
  if (running?.isLatchkey !== true)
    throw new Stop(`There is no Latchkey at ${environment.worker}.`, 'Run `npm run deploy`.')
  d.origin = running.settings.PUBLIC_ORIGIN || environment.config.vars.PUBLIC_ORIGIN
  d.copy = options.finish && options.file === undefined ? { secrets: {}, replace() {} } : openOwnCopy(d)
  if (options.finish) await finish(d)
  else if (options.leaked) await endEverything(d)
  else await turnOver(d)
}
