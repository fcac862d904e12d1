// A checkout in which `npm run deploy` is rehearsed: the project's own program, and wrangler itself, against the stand-in of Cloudflare.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from 'vitest'
import { deploy } from '../../scripts/deploy/deploy.mjs'
import { doctor } from '../../scripts/doctor/doctor.mjs'
import { rotate } from '../../scripts/rotate/rotate.mjs'
import { startCloudflare } from './cloudflare.mjs'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))

/** What somebody answers who wants everything. A question that begins with the key gets the value; Enter is ''. */
export const YES = {
  'free or paid?': 'paid',
  Address: '',
  'Channel?': 'email',
  'The sender': 'no-reply@example.com',
  'Place?': 'apac',
  Deploy: 'y',
  'How?': 'show',
  'Have you kept': 'y',
}

/** The address of production at workers.dev. */
export const ORIGIN = 'https://latchkey.rehearsal.workers.dev'

/** Several runs of wrangler on a busy computer. */
export const LONG = { timeout: 600_000 }

/** Rehearsals of one test file, which end with it. Then the stand-in must have known every request. */
export function rehearsals() {
  const all = []
  afterAll(async () => {
    const unknown = all.flatMap(({ cloudflare }) => cloudflare.unknown)
    await Promise.all(all.map(({ end }) => end()))
    expect(unknown, 'requests that the stand-in does not know').toEqual([])
  })
  return async (options) => {
    const rehearsal = await rehearse(options)
    all.push(rehearsal)
    return rehearsal
  }
}

/**
 * @param {object} [options]
 * @param {boolean} [options.isWhole] deploys Latchkey itself. Else a Worker of one line, which is quicker to upload
 * @param {string[]} [options.accounts]
 */
async function rehearse({ isWhole = false, accounts } = {}) {
  const cloudflare = await startCloudflare({ accounts })
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-rehearsal-'))
  const root = join(folder, 'checkout')
  mkdirSync(root)
  if (isWhole) for (const name of ['src', 'scripts', 'dist']) symlinkSync(join(PROJECT, name), join(root, name))
  else makeSmallWorker(root)
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'))
  for (const name of ['wrangler.toml', 'drizzle']) cpSync(join(PROJECT, name), join(root, name), { recursive: true })

  const variables = {
    PATH: process.env.PATH,
    HOME: folder, // wrangler keeps its log-in there
    CLOUDFLARE_API_BASE_URL: cloudflare.url,
    CLOUDFLARE_API_TOKEN: 'a token',
  }
  const isApi = (input) => String(input).startsWith(cloudflare.url)

  async function run(program, flags = '', { answers = YES, ci = false, env = {} } = {}) {
    const { terminal, lines, questions } = scriptedTerminal(ci ? undefined : answers)
    const code = await program({
      args: flags.split(' ').filter(Boolean),
      terminal,
      root,
      variables: { ...variables, ...env },
      fetch: (input, init) => (isApi(input) ? fetch(input, init) : cloudflare.fetch(input, init)),
      wait: async () => {},
    })
    return { code, said: lines.join('\n'), questions }
  }

  return {
    cloudflare,
    root,
    folder,
    /**
     * @param {string} [flags]
     * @param {{ answers?: Record<string, string>, ci?: boolean, env?: Record<string, string> }} [options]
     */
    deploy: (flags, options) => run(deploy, flags, options),
    rotate: (flags, options) => run(rotate, flags, options),
    doctor: (flags, options) => run(doctor, flags, options),
    read: (name) => readFileSync(join(root, name), 'utf8'),
    write: (name, text) => writeFileSync(join(root, name), text),
    /** Sets variables of production in wrangler.toml, as a person would. @param {Record<string, string>} settings */
    set: (settings) => {
      const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8').split('[env.staging]')
      for (const [name, value] of Object.entries(settings))
        toml[0] = toml[0].replace(`${name} = ""`, `${name} = "${value}"`)
      writeFileSync(join(root, 'wrangler.toml'), toml.join('[env.staging]'))
    },
    end: async () => {
      await cloudflare.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

function makeSmallWorker(root) {
  for (const name of ['src', 'scripts', 'dist/assets']) mkdirSync(join(root, name), { recursive: true })
  writeFileSync(join(root, 'src/index.ts'), "export default { fetch: () => new Response('small') }\n")
  writeFileSync(join(root, 'scripts/build-assets.mjs'), '')
  writeFileSync(join(root, 'dist/assets/robots.txt'), '')
}

/** @param {Record<string, string> | undefined} answers nobody can be asked without them */
function scriptedTerminal(answers) {
  const lines = []
  const questions = []
  const terminal = {
    canAsk: answers !== undefined,
    say: (line) => lines.push(line),
    warn: (line) => lines.push(line),
    ask: async (question, { initial } = {}) => {
      const key = Object.keys(answers ?? {}).find((begin) => question.trim().startsWith(begin))
      if (key === undefined) throw new Error(`Nobody answers: ${question}`)
      questions.push(key)
      return answers[key] || initial || ''
    },
  }
  return { terminal, lines, questions }
}
