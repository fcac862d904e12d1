import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildReference } from '../../scripts/build-reference.mjs'

/* The examples of the reference: those in JavaScript parse, and those of the typed client compile with its types. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
/** Inside the project, so that TypeScript finds the packages that the client imports. */
const folder = mkdtempSync(join(cache, 'examples-'))

/** @type {string[]} */
let pages
beforeAll(async () => {
  pages = (await buildReference()).filter(([file]) => file.startsWith('pages/')).map(([, html]) => html)
})
afterAll(() => rmSync(folder, { recursive: true }))

const unescapeHtml = (html) =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

/** Each example of a kind as a function of its own. */
const functionsOf = (kind) =>
  pages
    .flatMap((html) => [...html.matchAll(new RegExp(`<pre class="${kind}">(.*?)</pre>`, 'gs'))])
    .map(([, text], number) => `async function example${number}() {\n${unescapeHtml(text)}\nreturn answer\n}\n`)

it('of fetch parse', () => {
  expect(functionsOf('fetch').length).toBeGreaterThan(70)
  for (const text of functionsOf('fetch')) expect(() => new Function(text)).not.toThrow()
})

it('of the typed client compile', () => {
  const examples = functionsOf('client')
  expect(examples.length).toBeGreaterThan(70)
  const lines = [
    "import { createClient } from '../../../packages/client/src/client'",
    "const client = createClient('https://todo.example.com')",
    ...examples.map((text) => `export ${text}`),
  ]
  writeFileSync(join(folder, 'examples.ts'), lines.join('\n'))
  const files = ['examples.ts', join(root, 'src/env.d.ts')]
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), files, include: [] }),
  )
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
    {
      encoding: 'utf8',
    },
  )
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
}, 300_000)
