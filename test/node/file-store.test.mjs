import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fileStore } from '../../packages/client/src/node/file-store.ts'

/*
 * The store in a file: a program that is killed at any moment leaves one whole file, with everything that was acknowledged.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const KILLS = 12

/** Makes, changes and deletes to-dos as fast as it can, and prints what was acknowledged. */
const PROGRAM = `
  import { createOfflineTodos } from '${ROOT}packages/client/src/offline.ts'
  import { fileStore } from '${ROOT}packages/client/src/node.ts'
  const todos = await createOfflineTodos({ client: {}, userId: 'alice', store: fileStore(process.argv[2]) })
  console.log(JSON.stringify({ found: todos.list().length }))
  for (let n = 0; ; n++) {
    const { id } = await todos.create({ contents: 'Made ' + n })
    console.log(JSON.stringify({ id, isDone: false }))
    await todos.update(id, { isDone: true })
    console.log(JSON.stringify({ id, isDone: true }))
  }
`

const folder = mkdtempSync(join(tmpdir(), 'latchkey-file-store-'))
const program = join(folder, 'program.mjs')
const path = join(folder, 'todos.json')

beforeAll(() =>
  build({
    stdin: { contents: PROGRAM, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
  }),
)
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the program and kills it when it has printed so many lines: during its next write. @returns what it has printed */
async function runAndKill(lines) {
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
    if (output.split('\n').length > lines) child.kill('SIGKILL')
  })
  await once(child, 'close')
  const whole = output.slice(0, output.lastIndexOf('\n') + 1).split('\n')
  return whole.filter(Boolean).map((line) => JSON.parse(line))
}

it(`loses nothing that was acknowledged, though the program is killed ${KILLS} times`, async () => {
  const isDone = new Map()
  for (let n = 0; n < KILLS; n++) {
    for (const line of await runAndKill(2 + n)) if (line.id) isDone.set(line.id, line.isDone)
    const texts = await fileStore(path).read('alice/')
    for (const [id, wasDone] of isDone) {
      const entry = JSON.parse(texts.get(`alice/todo/${id}`) ?? 'null')
      expect(entry, id).not.toBeNull()
      if (wasDone) expect(entry.wanted.fields.isDone, id).toBe(true)
    }
  }
  expect(isDone.size).toBeGreaterThan(KILLS)
})

it('does not mind what a killed write has left beside the file', async () => {
  const file = join(folder, 'left.json')
  const store = fileStore(file)
  expect(await store.write([{ key: 'a', from: null, to: '1' }])).toBe(true)
  writeFileSync(`${file}.new`, '{"a":"2')
  const again = fileStore(file)
  expect([...(await again.read(''))]).toEqual([['a', '1']])
  expect(await again.write([{ key: 'a', from: '1', to: '3' }])).toBe(true)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ a: '3' })
})

it('writes all changes or none, and none if something is not as expected', async () => {
  const store = fileStore(join(folder, 'compare.json'))
  const results = await Promise.all([
    store.write([{ key: 'a', from: null, to: '1' }]),
    store.write([{ key: 'a', from: null, to: '2' }]),
    store.write([
      { key: 'b', from: null, to: '1' },
      { key: 'a', from: '2', to: null },
    ]),
  ])
  expect(results).toEqual([true, false, false])
  expect([...(await store.read(''))]).toEqual([['a', '1']])
})

it('reads again after it could not read', async () => {
  const place = join(folder, 'in-the-way')
  mkdirSync(place)
  const store = fileStore(place)
  await expect(store.read('')).rejects.toThrow('EISDIR')
  rmSync(place, { recursive: true })
  expect(await store.read('')).toEqual(new Map())
  expect(await store.write([{ key: 'a', from: null, to: 'b' }])).toBe(true)
})
