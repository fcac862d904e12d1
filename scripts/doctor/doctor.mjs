// Examines a deployment: asks Cloudflare what it has, and the Worker how it is. It changes nothing.

import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ApiError } from '../deploy/cloudflare.mjs'
import { readEnvironment } from '../deploy/environment.mjs'
import { logIn } from '../deploy/steps/log-in.mjs'
import { findInCloudflare } from '../deploy/steps/look-around.mjs'
import { Stop } from '../deploy/stop.mjs'
import { makeWrangler } from '../deploy/wrangler.mjs'
import { askWorker } from './ask-worker.mjs'
import { checkHealth, checkReplication, checkReport, checkSecrets, wrong } from './checks.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export const HELP = `npm run doctor -- [options]

  --env NAME       examine this environment of wrangler.toml (default: production)
  --origin URL     ask the Worker at this address (default: PUBLIC_ORIGIN of the environment)
  --worker-only    ask the Worker, and not Cloudflare

It needs OPERATOR_TOKEN in the environment. Each line says ok, or what to do. The exit code is 1 if something is wrong.
`

const flags = {
  env: { type: 'string' },
  origin: { type: 'string' },
  'worker-only': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

/**
 * @param {object} call
 * @param {string[]} call.args
 * @param {import('../deploy/terminal.mjs').Terminal} call.terminal
 * @param {string} [call.root]
 * @param {NodeJS.ProcessEnv} [call.variables]
 * @param {typeof globalThis.fetch} [call.fetch]
 * @returns {Promise<0 | 1>} the exit code
 */
export async function doctor({ args, terminal, root = ROOT, variables = process.env, fetch = globalThis.fetch }) {
  try {
    const { values: options } = readFlags(args)
    if (options.help) {
      terminal.say(HELP)
      return 0
    }
    const environment = readEnvironment(root, options.env, variables)
    const origin = options.origin ?? environment.config.vars.PUBLIC_ORIGIN
    if (!origin) throw new Stop('PUBLIC_ORIGIN is not set in wrangler.toml.', 'Name the address: --origin URL')
    const d = {
      root,
      options,
      terminal,
      variables,
      environment,
      fetch,
      origin: origin.replace(/\/$/, ''),
      canAsk: false,
    }
    const lines = await examine(d)
    for (const { ok, name, text } of lines) terminal.say(`${ok ? 'ok' : '! '} ${name.padEnd(12)} ${text}`)
    return lines.every(({ ok }) => ok) ? 0 : 1
  } catch (error) {
    if (!(error instanceof Stop || error instanceof ApiError)) throw error
    terminal.warn(`npm run doctor: ${error.message}`)
    if (error.whatToDo) terminal.warn(error.whatToDo)
    return 1
  }
}

function readFlags(args) {
  try {
    return parseArgs({ args, options: flags })
  } catch (error) {
    throw new Stop(error.message, HELP)
  }
}

async function examine(d) {
  const found = d.options['worker-only'] ? undefined : await askCloudflare(d)
  const fromCloudflare = found === undefined ? [] : [checkSecrets({ ...d, found }), checkReplication({ found })]
  return [...fromCloudflare, ...(await examineWorker(d))]
}

async function examineWorker(d) {
  const health = await askHealth(d)
  if (health === null)
    return [wrong('Health', `${d.origin} does not answer.`, 'Is the address right? Then run `npm run deploy`.')]
  const lines = checkHealth(health)
  try {
    return [...lines, ...checkReport(await askWorker(d))]
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    return [...lines, wrong('Worker', `Not asked: ${error.message}`, error.whatToDo ?? 'Correct that, and ask again.')]
  }
}

async function askCloudflare(d) {
  d.wrangler = makeWrangler({ root: d.root, environment: d.variables })
  await logIn(d)
  const found = await findInCloudflare(d)
  if (found.running?.isLatchkey !== true)
    throw new Stop(`There is no Latchkey at ${d.environment.worker}.`, 'Run `npm run deploy`.')
  return found
}

async function askHealth({ fetch, origin }) {
  const askedAt = Date.now()
  try {
    const answer = await fetch(`${origin}/health`, { redirect: 'error', signal: AbortSignal.timeout(20_000) })
    const body = await answer.json().catch(() => ({}))
    return { status: answer.status, body, date: answer.headers.get('Date'), askedAt, answeredAt: Date.now() }
  } catch {
    return null
  }
}
