// What `npm run operate` runs: what those who run a deployment do with accounts, from a terminal.
//
//     npm run operate -- find alice@example.com
//     npm run operate -- see ID | end-sessions ID | unblock ID | unlock ID | erase ID [--yes]
//     npm run operate -- erase-second-factor ID
//     npm run operate -- block ID --reason "Sends spam"
//     npm run operate -- export ID --out FILE
//     npm run operate -- counters | acts [--all]
//
// `--json` prints the answer as it is. LATCHKEY_ORIGIN says where the deployment is, and OPERATOR_TOKEN lets you in: docs/operator.md.
// It exits with 0 if it was done, 1 if it was refused, and 2 if the command is not right.

import { createWriteStream, rmSync } from 'node:fs'
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readDevVar } from './dev-vars.mjs'
import { showActs, showCounters, showFound, showState } from './operate-tables.mjs'

const DEV_VARS = fileURLToPath(new URL('../.dev.vars', import.meta.url))

const USAGE = `Usage: npm run operate -- COMMAND

  find IDENTIFIER            by user name, e-mail address, phone number or id
  see ID                     ways to log in, sessions, throttles, quotas, activity
  end-sessions ID            also ends codes that are out, and known devices
  block ID --reason TEXT     ends all sessions; nobody can log in
  unblock ID
  unlock ID                  forgets wrong passwords, codes and wrong guesses
  erase-second-factor ID     asks for it; again after 72 hours, it is done
  export ID --out FILE       all but to-dos
  erase ID [--yes]           cannot be undone
  counters                   the last 24 hours
  acts [--all]               what operators have done

LATCHKEY_ORIGIN is the address of the deployment (http://localhost:8787 if not set), and OPERATOR_TOKEN its token.
--json prints the answer as it is.`

/** Ends the program with a message. */
class Failure extends Error {
  /** @param {string} message @param {number} exitCode */
  constructor(message, exitCode) {
    super(message)
    this.exitCode = exitCode
  }
}
const misuse = (message) => new Failure(message, 2)
const refused = (message) => new Failure(message, 1)

const isLocal = ({ hostname }) => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

/** Where the deployment is, and what lets us in. */
function readTarget() {
  const given = process.env.LATCHKEY_ORIGIN || 'http://localhost:8787'
  const origin = URL.canParse(given) ? new URL(given) : undefined
  if (!origin || !['http:', 'https:'].includes(origin.protocol)) throw misuse(`LATCHKEY_ORIGIN is no address: ${given}`)
  if (origin.protocol === 'http:' && !isLocal(origin)) throw misuse('LATCHKEY_ORIGIN must begin with https')
  // The token in .dev.vars is that of this computer.
  const token = process.env.OPERATOR_TOKEN || (isLocal(origin) ? readDevVar(DEV_VARS, 'OPERATOR_TOKEN') : undefined)
  if (!token) throw misuse('OPERATOR_TOKEN is not set: see docs/operator.md')
  return { base: `${origin.origin}/api/v1/operator`, token }
}

/** Asks the deployment. @returns the answer if it is a good one */
async function request(method, path, body) {
  const { base, token } = readTarget()
  const response = await fetch(base + path, {
    method,
    redirect: 'error',
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch((error) => {
    throw refused(`${base} does not answer: ${error.cause?.code ?? error.cause?.message ?? error.message}`)
  })
  if (response.ok) return response
  throw refused(await reasonOf(response, path))
}

const ask = async (method, path, body) => {
  const response = await request(method, path, body)
  return response.status === 204 ? undefined : response.json()
}

/** Why the deployment refused, in words. */
async function reasonOf(response, path) {
  const problem = await response.json().catch(() => ({}))
  if (response.status === 404) {
    const noEntry = 'OPERATOR_TOKEN is not the token of this deployment, or it has none'
    return /^\/accounts\/(?!find)/.test(path) ? `There is no such account. Or ${noEntry}.` : `${noEntry}.`
  }
  const fields = (problem.errors ?? []).map(({ path: at, message }) => `${at.slice(1)}: ${message}`)
  const wait = response.headers.get('Retry-After')
  const parts = [problem.title ?? `It answered ${response.status}`, problem.detail, ...fields]
  if (wait !== null) parts.push(`Try again in ${wait} s`)
  return parts
    .filter(Boolean)
    .map((part) => part.replace(/\.?$/, '.'))
    .join(' ')
}

/** Asks a question in the terminal. Where there is none, the answer is no. */
async function confirm(question) {
  if (!process.stdin.isTTY) throw misuse('There is no terminal to ask in. If you are sure, add --yes')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`${question} Type yes: `)
  terminal.close()
  if (answer.trim() !== 'yes') throw refused('Nothing was done')
}

async function exportTo(id, out) {
  if (!out) throw misuse('Say where to: --out FILE')
  // It has the contacts of somebody, and never replaces a file.
  const file = createWriteStream(out, { flags: 'wx', mode: 0o600 })
  await new Promise((resolve, reject) => {
    file.once('open', resolve)
    file.once('error', (error) => reject(refused(`${out} cannot be written: ${error.code}`)))
  })
  try {
    const response = await request('GET', `/accounts/${id}/export`)
    await pipeline(Readable.fromWeb(response.body), file)
  } catch (error) {
    file.destroy()
    rmSync(out, { force: true })
    throw error instanceof Failure ? error : refused('The export was broken off. Try again')
  }
  return `Written to ${out}`
}

async function readActs(all) {
  const acts = []
  let cursor = ''
  do {
    const page = await ask('GET', `/acts?limit=${all ? 100 : 20}${cursor && `&cursor=${cursor}`}`)
    acts.push(...page.acts)
    cursor = page.nextCursor ?? ''
  } while (all && cursor !== '')
  return acts
}

/** Each command: how many words follow it, and what it does. It gives the answer, and the answer in words. */
const commands = {
  find: [
    1,
    async ([identifier]) => {
      const answer = await ask('POST', '/accounts/find', { identifier })
      if (answer.account === null) throw refused('Nobody has that')
      return [answer, showFound(answer.account)]
    },
  ],
  see: [
    1,
    async ([id]) => {
      const state = await ask('GET', `/accounts/${id}`)
      return [state, showState(state)]
    },
  ],
  'end-sessions': [
    1,
    async ([id]) => {
      const answer = await ask('DELETE', `/accounts/${id}/sessions`)
      return [answer, `Ended ${answer.ended} ${answer.ended === 1 ? 'session' : 'sessions'}`]
    },
  ],
  block: [
    1,
    async ([id], { reason }) => {
      if (!reason) throw misuse('Say why: --reason "Sends spam"')
      const answer = await ask('POST', `/accounts/${id}/block`, { reason })
      return [answer, `Blocked since ${answer.blockedAt}`]
    },
  ],
  unblock: [1, async ([id]) => [await ask('POST', `/accounts/${id}/unblock`), 'Not blocked']],
  unlock: [
    1,
    async ([id]) => {
      const answer = await ask('POST', `/accounts/${id}/unlock`)
      return [answer, `Cleared: ${answer.passwords} counts of wrong passwords, ${answer.codes} codes`]
    },
  ],
  'erase-second-factor': [
    1,
    async ([id]) => {
      const answer = await ask('POST', `/accounts/${id}/erase-second-factor`)
      if (!answer) return [{ erased: true }, 'The account has no second factor any more']
      return [answer, `Asked for, and the owner is told. Run this again from ${answer.effectiveAt} on`]
    },
  ],
  export: [
    1,
    async ([id], { out }) => {
      const written = await exportTo(id, out)
      return [{ out }, written]
    },
  ],
  erase: [
    1,
    async ([id], { yes }) => {
      if (!yes) await confirm(`Erase the account ${id} and everything in it? It cannot be undone.`)
      await ask('DELETE', `/accounts/${id}`)
      return [{ erased: id }, 'Erased']
    },
  ],
  counters: [
    0,
    async () => {
      const counters = await ask('GET', '/counters')
      return [counters, showCounters(counters)]
    },
  ],
  acts: [
    0,
    async (_, { all }) => {
      const acts = await readActs(all)
      return [{ acts }, showActs(acts)]
    },
  ],
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        reason: { type: 'string' },
        out: { type: 'string' },
        yes: { type: 'boolean' },
        all: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw misuse(`${error.message}\n\n${USAGE}`)
  }
}

async function main() {
  const { values, positionals } = readArguments()
  const [name, ...words] = positionals
  if (values.help) return console.log(USAGE)
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw misuse(name === undefined ? USAGE : `There is no command ${name}\n\n${USAGE}`)
  const [count, run] = command
  if (words.length !== count) throw misuse(`${name} takes ${count === 0 ? 'nothing' : 'one word'} after it\n\n${USAGE}`)
  const isId = /^[0-9a-f-]{36}$/i
  if (count === 1 && name !== 'find' && !isId.test(words[0]))
    throw misuse(`${words[0]} is no id. Look it up: find ${words[0]}`)
  const [answer, text] = await run(words, values)
  console.log(values.json ? JSON.stringify(answer, null, 2) : text)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
