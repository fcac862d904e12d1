// What `npm run dev` runs: the whole Worker on this computer, without an account and without the internet.
//
//     npm run dev -- [--port N] [--persist-to DIR] [any other flag of `wrangler dev`]
//
// It makes .dev.vars with new secrets if there is none, or adds the token that shows messages. It applies the D1 migrations, starts the
// test provider for social log-in, and serves until Ctrl-C.

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { originOf } from './dev-origin.mjs'
import { outboxLink, prepareDevVars, readDevVar, readOutboxToken } from './dev-vars.mjs'
import { findLocalDatabase, hasEarlierLayout } from './local-database.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules/.bin')
const DEV_VARS = join(root, '.dev.vars')

const env = {
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: 'false', // `request.cf` is a placeholder, not fetched
  WRANGLER_HIDE_BANNER: 'true', // also stops the look for a newer version
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_SEND_METRICS: 'false',
}

/** @type {import('node:child_process').ChildProcess | undefined} */
let child
/** @type {import('node:child_process').ChildProcess | undefined} */
let testProvider
/** @type {NodeJS.Signals | undefined} */
let stoppedBy
/** @param {NodeJS.Signals} signal */
function stop(signal) {
  stoppedBy = signal
  child?.kill('SIGTERM') // wrangler stops workerd
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)

// npm sends a signal to the shell that runs this script, and some shells end without passing it on.
const shell = process.ppid
if (process.env.npm_lifecycle_event) setInterval(() => process.ppid === shell || stop('SIGTERM'), 500).unref()

const code = await main().finally(() => testProvider?.kill('SIGTERM'))
process.exitCode = stoppedBy === undefined ? code : 128 + constants.signals[stoppedBy]

async function main() {
  const { port, persistTo, others } = readArguments(process.argv.slice(2))
  if (await isTaken(port)) return fail(`port ${port} is taken; choose another one: npm run dev -- --port N`)
  for (const done of prepareDevVars(DEV_VARS)) console.log(done)

  const state = persistTo ?? join(root, '.wrangler/state')
  const database = findLocalDatabase(state)
  if (database !== undefined && hasEarlierLayout(database)) {
    return fail(
      `the local database was made by earlier migrations. Delete ${relative('', state)} (it holds only local test data) and start again`,
    )
  }
  const persist = persistTo === undefined ? [] : ['--persist-to', persistTo]
  const migrated = await wrangler(['d1', 'migrations', 'apply', 'DB', '--local', ...persist], 'error', 'ignore')
  if (stoppedBy !== undefined) return migrated
  if (migrated !== 0) return fail('the migrations in drizzle/ could not be applied')

  // Only this computer can connect, unless --ip says otherwise.
  const ip = others.some((flag) => /^--ip(=|$)/.test(flag)) ? [] : ['--ip', '127.0.0.1']
  const origin = originOf(port, others)
  const publicOrigin = readDevVar(DEV_VARS, 'PUBLIC_ORIGIN') || origin
  const vars = ['--var', `PUBLIC_ORIGIN:${publicOrigin}`]
  // Secrets that are optional: wrangler would leave them out.
  const operatorToken = readDevVar(DEV_VARS, 'OPERATOR_TOKEN')
  if (operatorToken) vars.push('--var', `OPERATOR_TOKEN:${operatorToken}`)
  const token = readOutboxToken(DEV_VARS)
  if (token !== undefined) {
    const issuer = await startTestProvider(port < 65_535 ? port + 1 : 0, publicOrigin)
    if (issuer !== undefined) vars.push('--var', `TEST_PROVIDER_ISSUER:${issuer}`)
  }
  if (stoppedBy !== undefined) return 1
  const args = ['dev', '--port', String(port), ...ip, ...persist, ...vars, ...others]
  return wrangler(args, env.WRANGLER_LOG, 'inherit', () => {
    if (token !== undefined) console.log(`Open ${outboxLink(origin, token)}`)
    console.log(`Latchkey listens on ${origin}`)
  })
}

/**
 * Starts the provider with which everybody can try social log-in. It ends with this process, however that ends.
 * @param {number} port the first one to try
 * @param {string} origin of the app
 * @returns {Promise<string | undefined>} its issuer, or undefined if it did not start: the Worker then runs without it
 */
function startTestProvider(port, origin) {
  return new Promise((settle) => {
    const redirectUri = `${origin}/api/v1/auth/social/test/callback`
    const script = join(root, 'scripts/test-provider.mjs')
    const provider = spawn(join(bin, 'node'), [script, '--port', String(port), '--redirect-uri', redirectUri], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    testProvider = provider
    provider.once('message', ({ issuer }) => settle(issuer))
    const ended = (reason) => {
      if (stoppedBy === undefined && !provider.killed) {
        console.error(`npm run dev: the test provider has ended (${reason}). To log in with it, start again.`)
      }
      settle(undefined)
    }
    provider.once('error', (error) => ended(error.message))
    provider.once('exit', (code, signal) => ended(code ?? signal))
  })
}

/** @param {string[]} args */
function readArguments(args) {
  const options = { port: { type: 'string' }, 'persist-to': { type: 'string' } }
  const { values, tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true })
  const others = [...args]
  for (const token of tokens.toReversed()) {
    if (token.kind !== 'option' || !(token.name in options)) continue
    others.splice(token.index, token.inlineValue === false ? 2 : 1)
  }
  const { port = process.env.PORT || '8787', 'persist-to': directory } = values
  if (typeof port !== 'string' || !/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    process.exit(fail('--port (or else PORT) must be a number from 1 to 65535'))
  }
  if (typeof directory === 'boolean') process.exit(fail('--persist-to must name a directory'))
  return { port: Number(port), persistTo: directory === undefined ? undefined : resolve(directory), others }
}

/**
 * Whether another server listens on either loopback address: it would answer http://localhost in our place.
 * @param {number} port
 */
async function isTaken(port) {
  for (const host of ['127.0.0.1', '::1']) {
    const code = await new Promise((settle) => {
      const probe = createServer()
      probe.once('error', (error) => settle(error.code))
      probe.listen({ port, host }, () => probe.close(() => settle(undefined)))
    })
    if (code === 'EADDRINUSE') return true
  }
  return false
}

/**
 * Runs wrangler and waits for its end. It runs on the Node of node_modules, because wrangler needs Node 22 or later.
 * @param {string[]} args
 * @param {string | undefined} logLevel
 * @param {'ignore' | 'inherit'} stdin with 'ignore' it asks no questions
 * @param {() => void} [onReady]
 * @returns {Promise<number>} its exit code
 */
function wrangler(args, logLevel, stdin, onReady) {
  return new Promise((settle) => {
    child = spawn(join(bin, 'node'), [join(bin, 'wrangler'), ...args], {
      cwd: root,
      env: { ...env, WRANGLER_LOG: logLevel },
      stdio: [stdin, 'inherit', 'inherit', 'ipc'],
    })
    child.on('message', (message) => {
      if (String(message).includes('DEV_SERVER_READY')) onReady?.()
    })
    child.once('error', (error) => settle(fail(`${error.message}; have you run npm ci?`)))
    child.once('exit', (code, signal) => settle(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}

/** @param {string} reason @returns {1} */
function fail(reason) {
  console.error(`npm run dev: ${reason}`)
  return 1
}
