import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { buildKeep, buildWorker, leaveOut } from '../../scripts/build-keeping.mjs'
import { dueInWords } from '../../src/console/browser/keep/due-words'
import {
  forget,
  keepersIn,
  lock,
  noteKept,
  open,
  openCopyIn,
  readKept,
  shownOffline,
  writeKept,
} from '../../src/console/browser/keep/owners'
import { toSections } from '../../src/console/browser/keep/sections'
import { readQuickAdd } from '../../src/todos/quick-add/read-quick-add'
import * as en from '../todos/quick-add/quick-add-en.mjs'
import * as ko from '../todos/quick-add/quick-add-ko.mjs'

/* What keeps to-dos on the device, without a browser. */

/** As `localStorage`. */
function facts() {
  const texts = new Map()
  return {
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, text) => texts.set(key, text),
    removeItem: (key) => texts.delete(key),
    key: (index) => [...texts.keys()][index] ?? null,
    get length() {
      return texts.size
    },
  }
}

const KEPT = { name: 'Alice', zone: 'Asia/Seoul', syncedAt: 1, waits: 2 }
const OPEN = { kind: 'open', userId: 'alice', zone: 'Asia/Seoul' }

describe('what may be shown without a network', () => {
  it('is nothing before a page of its owner was shown, and before it was copied whole', () => {
    const all = facts()
    expect(shownOffline(all)).toEqual({ kind: 'nothing' })
    writeKept(all, 'alice', { ...KEPT, syncedAt: 0 })
    open(all, 'alice')
    expect(shownOffline(all)).toEqual({ kind: 'nothing' })
    noteKept(all, 'alice', { syncedAt: 1 })
    expect(shownOffline(all)).toEqual(OPEN)
  })

  it('is locked by a 401 until its owner is back', () => {
    const all = facts()
    writeKept(all, 'alice', KEPT)
    open(all, 'alice')
    lock(all, 'alice')
    expect([shownOffline(all), openCopyIn(all)]).toEqual([{ kind: 'locked', name: 'Alice' }, null])
    expect(readKept(all, 'alice')).toEqual(KEPT)
    open(all, 'alice')
    expect([shownOffline(all), openCopyIn(all)]).toEqual([OPEN, 'alice'])
  })

  it('is locked, without a name, by a page of somebody else', () => {
    const all = facts()
    writeKept(all, 'alice', KEPT)
    open(all, 'alice')
    open(all, 'bob')
    expect(shownOffline(all)).toEqual({ kind: 'locked', name: null })
    writeKept(all, 'bob', { ...KEPT, name: 'Bob', syncedAt: 0 })
    open(all, 'bob')
    expect(shownOffline(all)).toEqual({ kind: 'nothing' })
    // The answer to a request of before, which comes late.
    lock(all, 'alice')
    expect(openCopyIn(all)).toBe('bob')
  })

  it('is forgotten by a sign-out, and comes back with the next sign-in unless it was turned off', () => {
    const all = facts()
    writeKept(all, 'alice', KEPT)
    open(all, 'alice')
    forget(all, 'alice', { forGood: false })
    expect([shownOffline(all), keepersIn(all)]).toEqual([{ kind: 'nothing' }, ['alice']])
    expect(readKept(all, 'alice')?.name).toBe('')
    forget(all, 'alice', { forGood: true })
    expect([keepersIn(all), all.length]).toEqual([[], 0])
    noteKept(all, 'alice', { waits: 3 })
    expect(all.length).toBe(0)
  })

  it('is nothing if somebody has written nonsense there', () => {
    const all = facts()
    all.setItem('latchkey/last', '{')
    all.setItem('latchkey/kept/alice', 'x')
    expect([shownOffline(all), openCopyIn(all)]).toEqual([{ kind: 'nothing' }, null])
  })
})

/** Thursday, 10:00 in Seoul. */
const CLOCK = { now: Date.parse('2026-11-26T01:00:00Z'), zone: 'Asia/Seoul', locale: 'en' }

const todo = (id, fields = {}) => ({
  id,
  isDone: false,
  due: null,
  dueAt: null,
  position: id,
  state: 'synced',
  ...fields,
})

describe('the list without a network', () => {
  it('has overdue, today, each day, and what has no date', () => {
    const todos = [
      todo('someday'),
      todo('friday', { due: '2026-11-27' }),
      todo('late', { due: '2026-11-25' }),
      todo('this morning', { due: '…', dueAt: '2026-11-26T00:00:00Z' }),
      todo('tonight in Seoul', { due: '…', dueAt: '2026-11-26T14:59:00Z' }),
      todo('midnight in Seoul', { due: '…', dueAt: '2026-11-26T15:00:00Z' }),
      todo('today', { due: '2026-11-26' }),
      todo('done long ago', { isDone: true }),
      todo('done here', { isDone: true }),
      todo('done, not sent', { isDone: true, state: 'waiting' }),
    ]
    const sections = toSections(todos, new Set(['done here']), CLOCK)
    expect(sections.map(({ key, todos: members }) => [key, ...members.map(({ id }) => id)])).toEqual([
      ['overdue', 'late'],
      ['today', 'today', 'this morning', 'tonight in Seoul'],
      ['2026-11-27', 'friday', 'midnight in Seoul'],
      ['no date', 'someday'],
      ['done', 'done here', 'done, not sent'],
    ])
  })

  it.each([
    ['en', '2026-11-26', 'Today'],
    ['en', '2026-11-25', 'Yesterday'],
    ['en', '2026-11-30', 'Monday'],
    ['en', '2026-12-24', 'Dec 24, 2026'],
    ['ko', '2026-11-27', '내일'],
    ['ko', '2026-12-24', '2026. 12. 24.'],
  ])('says when in words: %s %s', (locale, due, words) => {
    expect(dueInWords(todo('a', { due }), { ...CLOCK, locale })).toBe(words)
  })

  it('says times on the wall clock of the reader', () => {
    const words = dueInWords(todo('a', { due: '…', dueAt: '2026-11-27T08:00:00Z' }), CLOCK)
    expect(words?.replace('\u202f', ' ')).toBe('Tomorrow 5:00 PM')
  })
})

describe('the script that keeps to-dos', () => {
  it('understands texts as the server does, although it leaves out what quick add does not use', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: "export { readQuickAdd } from './src/todos/quick-add/read-quick-add.ts'",
        resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
      },
      bundle: true,
      write: false,
      format: 'esm',
      plugins: [leaveOut],
    })
    const inBrowser = await import(
      `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
    )
    for (const [locale, { UNDERSTOOD, PLAIN }] of [
      ['en', en],
      ['ko', ko],
    ]) {
      for (const text of [...UNDERSTOOD.map(([typed]) => typed), ...PLAIN.flat()]) {
        const context = { ...CLOCK, locale }
        expect(inBrowser.readQuickAdd(text, context), text).toEqual(readQuickAdd(text, context))
      }
    }
  })

  it('is not larger than docs/offline.md says', async () => {
    expect(gzipSync(await buildKeep(), { level: 9 }).byteLength).toBeLessThan(40_000)
  })
})

it('makes another service worker of each change of a file or of the page, and the same one of the same', async () => {
  const files = (text) => new Map([['/console/console.css', Buffer.from(text)]])
  const worker = async (text, shell) => Buffer.from(await buildWorker(files(text), shell)).toString()
  const first = await worker('a', 'shell')
  expect(await worker('a', 'shell')).toBe(first)
  expect(await worker('b', 'shell')).not.toBe(first)
  expect(await worker('a', 'another shell')).not.toBe(first)
  expect(gzipSync(first, { level: 9 }).byteLength).toBeLessThan(1500)
})
