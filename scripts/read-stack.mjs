// Makes the stack of a log line readable: `npm run stack < line.txt`. The Worker is minified, and Cloudflare maps only the stacks of exceptions
// that nothing catches. This builds the Worker of this checkout again, so check out the commit that /health names as its tag first.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const HELP = `npm run stack < FILE

  Reads log lines, or a stack, and writes each place of index.js as the place in the sources.

  --help   show this
`

/** Builds the Worker as a deploy does. @returns {SourceMap} */
function buildMap() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-stack-'))
  try {
    const wrangler = join(ROOT, 'node_modules/.bin/wrangler')
    const { status, stderr } = spawnSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false' },
    })
    if (status !== 0) throw new Error(`wrangler could not build the Worker:\n${stderr}`)
    const map = JSON.parse(readFileSync(join(folder, 'index.js.map'), 'utf8'))
    return new SourceMap({ ...map, sources: map.sources.map((source) => relative(ROOT, resolve(folder, source))) })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const PLACE = /(?:[\w./:-]*\/)?index\.js:(\d+):(\d+)/g

/** @param {string} stack @param {SourceMap} map */
export const readable = (stack, map) =>
  stack.replaceAll('\\n', '\n').replaceAll(PLACE, (place, line, column) => {
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1)
    if (!('originalSource' in entry)) return place
    const name = entry.name ? ` (${entry.name})` : ''
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}${name}`
  })

if (process.argv.includes('--help')) console.log(HELP)
else console.log(readable(await text(process.stdin), buildMap()))
