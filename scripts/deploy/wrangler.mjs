import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { Stop } from './stop.mjs'

/**
 * Runs wrangler of node_modules on the project's own Node, so that nothing outside of the lockfile gets the credentials.
 * @typedef {object} WranglerRun
 * @property {string} output everything that it printed
 * @property {Record<string, unknown>[]} entries what it wrote for machines
 */

/**
 * @param {{ root: string, environment: NodeJS.ProcessEnv, show?: (text: string) => void }} options
 * @returns {(args: string[], options?: { interactive?: boolean }) => Promise<WranglerRun>}
 */
export function makeWrangler({ root, environment, show }) {
  return async (args, { interactive = false } = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-deploy-'))
    const entriesFile = join(folder, 'entries')
    try {
      const env = {
        ...environment,
        FORCE_COLOR: '0',
        NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node'), // a deploy runs wrangler up to ten times
        WRANGLER_HIDE_BANNER: 'true', // also stops the look for a newer version
        WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
        WRANGLER_OUTPUT_FILE_PATH: entriesFile,
        WRANGLER_SEND_METRICS: 'false',
      }
      const { code, output } = await run(root, args, { env, interactive })
      show?.(output)
      if (code !== 0) throw new WranglerFailed(args, output)
      const lines = existsSync(entriesFile) ? readFileSync(entriesFile, 'utf8').split('\n').filter(Boolean) : []
      return { output, entries: lines.map((line) => JSON.parse(line)) }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

export class WranglerFailed extends Stop {
  /** @param {string[]} args @param {string} output */
  constructor(args, output) {
    const words = args.slice(0, args.findIndex((arg) => arg.startsWith('-')) + 1 || undefined)
    const text = stripVTControlCharacters(output)
    const error = text.indexOf('[ERROR]')
    super(
      `wrangler ${words.filter((word) => !word.startsWith('-')).join(' ')} failed:\n${text.slice(Math.max(0, error)).trim()}`,
    )
  }
}

/** Without a terminal wrangler asks nothing: everything that it could ask has been asked before. */
function run(root, args, { env, interactive }) {
  const bin = join(root, 'node_modules/.bin')
  return new Promise((settle, reject) => {
    const child = spawn(join(bin, 'node'), [join(bin, 'wrangler'), ...args], {
      cwd: root,
      env,
      stdio: interactive ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
    child.once('error', reject)
    child.once('close', (code) => settle({ code, output }))
  })
}
