// Deploys one environment, step by step. First it looks and asks, and changes nothing. Then it does the work. Each step can be done
// again, so after a failure the same command goes on where it stopped.

import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ApiError } from './cloudflare.mjs'
import { readEnvironment } from './environment.mjs'
import { HELP, readOptions } from './options.mjs'
import { rollBack } from './roll-back.mjs'
import { askAddress } from './steps/address.mjs'
import { askToGoOn, writeAnswers } from './steps/agreement.mjs'
import { deployCode } from './steps/code.mjs'
import { writeConfig } from './steps/config.mjs'
import { askPlace, makeDatabase, turnOnReplication } from './steps/database.mjs'
import { logIn } from './steps/log-in.mjs'
import { lookAround } from './steps/look-around.mjs'
import { askMessages } from './steps/messages.mjs'
import { applyMigrations, checkMigrations } from './steps/migrations.mjs'
import { makeNamespace } from './steps/namespace.mjs'
import { askPlan } from './steps/plan.mjs'
import { askSecrets, keepSecrets } from './steps/secrets.mjs'
import { Stop } from './stop.mjs'
import { makeWrangler } from './wrangler.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** These change nothing, neither at Cloudflare nor here. */
const QUESTIONS = [
  lookAround,
  askPlan,
  askAddress,
  askMessages,
  askPlace,
  checkMigrations,
  askSecrets,
  askToGoOn,
  keepSecrets,
]

const WORK = [writeAnswers, makeDatabase, turnOnReplication, makeNamespace, writeConfig, applyMigrations, deployCode]

/**
 * @typedef {object} Deploy what the steps share
 * @property {string} root the folder of wrangler.toml
 * @property {ReturnType<typeof readOptions>} options
 * @property {boolean} canAsk
 * @property {import('./terminal.mjs').Terminal} terminal
 * @property {NodeJS.ProcessEnv} variables
 * @property {import('./environment.mjs').Environment} environment
 * @property {ReturnType<typeof makeWrangler>} wrangler
 * @property {{ name: string, value: string }[]} newSettings what goes into wrangler.toml
 * @property {Record<string, string>} newSecrets
 * @property {typeof globalThis.fetch} fetch
 * @property {(ms: number) => Promise<unknown>} wait
 */

/**
 * @param {object} call
 * @param {string[]} call.args
 * @param {import('./terminal.mjs').Terminal} call.terminal
 * @param {string} [call.root]
 * @param {NodeJS.ProcessEnv} [call.variables]
 * @param {typeof globalThis.fetch} [call.fetch]
 * @param {(ms: number) => Promise<unknown>} [call.wait]
 * @returns {Promise<0 | 1>} the exit code
 */
export async function deploy({
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
    const show = options.verbose ? terminal.say : undefined
    const d = {
      root,
      options,
      terminal,
      variables,
      environment,
      fetch,
      wait,
      canAsk: terminal.canAsk && !options.ci && !variables.CI,
      newSettings: [],
      newSecrets: {},
      wrangler: makeWrangler({ root, environment: variables, show }),
    }
    await run(d, show)
    return 0
  } catch (error) {
    if (!(error instanceof Stop || error instanceof ApiError)) throw error
    terminal.warn(`\nnpm run deploy: ${error.message}`)
    if (error.whatToDo) terminal.warn(error.whatToDo)
    return 1
  }
}

async function run(d, show) {
  const { environment, options, terminal } = d
  terminal.say(`Latchkey, ${environment.name}: the Worker ${environment.worker}`)
  await logIn(d)
  // From here on wrangler acts on this account, whatever else it remembers.
  d.wrangler = makeWrangler({
    root: d.root,
    environment: { ...d.variables, CLOUDFLARE_ACCOUNT_ID: d.accountId },
    show,
  })
  if (options['roll-back']) return rollBack(d)
  for (const step of QUESTIONS) await step(d)
  if (options['dry-run']) return writeConfig(d)
  for (const step of WORK) await step(d)
}
