import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from '../../scripts/serve.mjs'
import { install } from '../../scripts/tools.mjs'

/*
 * The clients that generators make from the OpenAPI document, with the default settings of the generators: the examples of
 * examples/generated-clients compile strictly with them, and work.
 */

const EXAMPLES = fileURLToPath(new URL('../../examples/generated-clients', import.meta.url))
const TOOLS = fileURLToPath(new URL('../../scripts/tools/generators', import.meta.url))

const GENERATORS = [
  {
    example: 'openapi-typescript.ts',
    command: 'openapi-typescript',
    args: ['openapi.json', '--output', 'latchkey.d.ts'],
  },
  { example: 'hey-api.ts', command: 'openapi-ts', args: ['--input', 'openapi.json', '--output', 'latchkey'] },
]

const MODULES = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
]

/** @type {Awaited<ReturnType<typeof serve>>} */
let server
// The first time, it installs the generators.
beforeAll(async () => {
  install(TOOLS)
  server = await serve()
}, 300_000)
afterAll(() => server.stop())

describe.each(GENERATORS)('$command', ({ example, command, args }) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-generated-'))
  /** @param {string} name @param {string[]} options */
  const run = (name, options) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(folder, 'node_modules/.bin', name), ...options],
      { cwd: folder, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
    )
    return { status, output: `${stdout}${stderr}` }
  }

  beforeAll(async () => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    writeFileSync(join(folder, 'openapi.json'), await (await fetch(`${server.origin}/openapi.json`)).text())
    // A link will not do: a generator looks for tsconfig.json above itself.
    cpSync(join(TOOLS, 'node_modules'), join(folder, 'node_modules'), { recursive: true, verbatimSymlinks: true })
    copyFileSync(join(EXAMPLES, example), join(folder, example))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(MODULES)('compiles strictly under $moduleResolution', (modules) => {
    const compilerOptions = {
      ...modules,
      target: 'es2022',
      strict: true,
      noEmit: true,
      lib: ['es2022', 'dom', 'dom.iterable'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [example] }))
    // Generators read these settings, too.
    expect(run(command, args)).toMatchObject({ status: 0 })
    expect(run('tsc', ['-p', '.'])).toEqual({ status: 0, output: '' })
  })

  it('signs up, logs in and lists', async () => {
    const outfile = join(folder, 'bundle.mjs')
    await build({ entryPoints: [join(folder, example)], outfile, bundle: true, format: 'esm' })
    const { tryIt } = await import(pathToFileURL(outfile).href)
    const username = command.replaceAll('-', '.')
    expect(await tryIt(server.origin, username, 'correct horse battery staple')).toEqual(['Buy milk'])
  })
})
