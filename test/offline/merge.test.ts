import { describe, expect, it, vi } from 'vitest'
import { type Entry, operationOf, settle, toOfflineTodo } from '../../packages/client/src/offline/entry'
import { newFields, readFields, type Todo, type TodoFields } from '../../packages/client/src/offline/fields'
import { type Resolvers, takeRemote } from '../../packages/client/src/offline/merge'
import { defaultPosition } from '../../src/todos/position'

const ID = '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'
const OTHER = '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e11'
const TIME = '2026-11-26T10:00:00.000Z'

const todo = (version: number, fields: Partial<TodoFields> = {}): Todo => ({
  ...newFields({ contents: 'Buy milk', ...fields }),
  id: ID,
  dueAt: null,
  completedAt: null,
  createdAt: TIME,
  updatedAt: TIME,
  version,
})

/** A to-do of which the device knows version 1, and which was changed here. */
const changed = (fields: Partial<TodoFields>, isDeleted = false): Entry => ({
  id: ID,
  server: todo(1),
  wanted: { fields: newFields({ contents: 'Buy milk', ...fields }), isDeleted, at: Date.parse(TIME) },
})

const deletion = { id: ID, deletedAt: TIME }

async function merge(entry: Entry, remote: Parameters<typeof takeRemote>[1], resolvers: Resolvers = {}) {
  const merged = await takeRemote(entry, remote, resolvers)
  return { shown: toOfflineTodo(merged), operation: operationOf(merged) }
}

describe('a field', () => {
  it('that one side has changed is taken from it, and nobody is asked', async () => {
    const resolve = vi.fn()
    const here = changed({ priority: 'high' })
    expect(await merge(here, { todo: todo(2, { labels: ['shop'] }) }, { resolve })).toMatchObject({
      shown: { priority: 'high', labels: ['shop'], state: 'waiting' },
      operation: { op: 'update', patch: { priority: 'high' }, ifMatch: '"2"' },
    })
    expect(resolve).not.toHaveBeenCalled()
  })

  it('that both sides have changed to the same value is no conflict', async () => {
    const resolve = vi.fn()
    const { shown, operation } = await merge(
      changed({ isDone: true }),
      { todo: todo(2, { isDone: true }) },
      { resolve },
    )
    expect([shown?.state, operation]).toEqual(['synced', undefined])
    expect(resolve).not.toHaveBeenCalled()
  })

  it('that both sides have changed is as it is here, if the app does not say otherwise', async () => {
    const { shown, operation } = await merge(changed({ contents: 'Oat' }), { todo: todo(2, { contents: 'Soy' }) })
    expect(shown?.contents).toBe('Oat')
    expect(operation).toEqual({ op: 'update', id: ID, patch: { contents: 'Oat' }, ifMatch: '"2"' })
  })

  it('that both sides have changed is as the app says, which sees all three values', async () => {
    const resolve = vi.fn(({ local, remote }) => `${local} or ${remote}`)
    const remote = { todo: todo(2, { contents: 'Soy' }) }
    const { shown } = await merge(changed({ contents: 'Oat' }), remote, { resolve })
    expect(resolve.mock.calls).toEqual([[{ id: ID, field: 'contents', base: 'Buy milk', local: 'Oat', remote: 'Soy' }]])
    expect(shown?.contents).toBe('Oat or Soy')
  })

  it('is not sent if the app takes the value of the server', async () => {
    const { shown, operation } = await merge(
      changed({ contents: 'Oat' }),
      { todo: todo(2, { contents: 'Soy' }) },
      { resolve: ({ remote }) => remote },
    )
    expect([shown?.contents, shown?.state, operation]).toEqual(['Soy', 'synced', undefined])
  })

  it('of a rule goes with the due date, or with becoming a subtask', async () => {
    const due = '2026-12-24'
    const weekly = { due, recurrence: 'FREQ=WEEKLY' }
    const here = (fields: Partial<TodoFields>): Entry => ({ ...changed(fields), server: todo(1, { due }) })
    const { shown } = await merge(here({ due: null }), { todo: todo(2, weekly) })
    expect(shown).toMatchObject({ due: null, recurrence: null })
    const child = await merge(here({ due, parentId: OTHER }), { todo: todo(2, weekly) })
    expect(child.shown).toMatchObject({ parentId: OTHER, recurrence: null })
    // What somebody typed here is left to the server.
    const typed = await merge(here({ due: null, recurrence: 'FREQ=DAILY' }), { todo: todo(2, { due }) })
    expect(typed.shown).toMatchObject({ due: null, recurrence: 'FREQ=DAILY' })
  })

  it('of labels is one value', async () => {
    const resolve = vi.fn(() => ['both'])
    const remote = { todo: todo(2, { labels: ['b'] }) }
    expect((await merge(changed({ labels: ['a'] }), remote, { resolve })).shown?.labels).toEqual(['both'])
    expect(resolve).toHaveBeenCalledTimes(1)
  })

  it('is compared with what is under way, not with what was there before it', async () => {
    const { wanted } = changed({ contents: 'Oat', isDone: true })
    const sent = { fields: newFields({ contents: 'Oat' }), isDeleted: false }
    const entry: Entry = { id: ID, server: todo(1), sent, ...(wanted && { wanted }) }
    // The answer to the batch was lost, and another device has changed the contents again since.
    expect(await merge(entry, { todo: todo(3, { contents: 'Soy' }) })).toMatchObject({
      shown: { contents: 'Soy', isDone: true },
      operation: { op: 'update', patch: { isDone: true }, ifMatch: '"3"' },
    })
  })

  it('of a to-do that may have been made already goes on from there', async () => {
    const { wanted } = changed({ isDone: true })
    const tried: Entry = { id: ID, server: null, tried: newFields({ contents: 'Buy milk' }), ...(wanted && { wanted }) }
    expect(await merge(tried, { todo: todo(2, { contents: 'Soy' }) })).toMatchObject({
      shown: { contents: 'Soy', isDone: true },
      operation: { op: 'update', patch: { isDone: true } },
    })
  })
})

describe('a deletion', () => {
  it('elsewhere stands if nothing was changed here', async () => {
    expect(await merge({ id: ID, server: todo(1) }, deletion)).toEqual({ shown: undefined, operation: undefined })
  })

  it.each([
    ['by default', undefined, { op: 'restore', id: ID }],
    ['if the app keeps the to-do', 'keep' as const, { op: 'restore', id: ID }],
    ['if the app deletes it', 'delete' as const, undefined],
  ])('elsewhere of what was changed here: %s', async (_, answer, operation) => {
    const resolveDeletion = vi.fn(() => answer ?? 'keep')
    const resolvers = answer ? { resolveDeletion } : {}
    const merged = await merge(changed({ contents: 'Oat' }), deletion, resolvers)
    expect(merged.operation).toEqual(operation)
    expect(merged.shown?.contents).toBe(operation && 'Oat')
    if (answer) {
      const [call] = resolveDeletion.mock.calls
      expect(call).toMatchObject([{ id: ID, deleted: 'elsewhere', todo: { contents: 'Oat' } }])
    }
  })

  it.each([
    ['by default', undefined, undefined],
    ['if the app keeps the to-do', 'keep' as const, undefined],
    ['if the app deletes it', 'delete' as const, { op: 'delete', id: ID, ifMatch: '"2"' }],
  ])('here of what was changed elsewhere: %s', async (_, answer, operation) => {
    const resolvers = answer ? { resolveDeletion: () => answer } : {}
    const merged = await merge(changed({}, true), { todo: todo(2, { contents: 'Soy' }) }, resolvers)
    expect(merged.operation).toEqual(operation)
    expect(merged.shown?.contents).toBe(operation ? undefined : 'Soy')
  })

  it('on both sides needs nothing more', async () => {
    expect(await merge(changed({ contents: 'Oat' }, true), deletion)).toEqual({
      shown: undefined,
      operation: undefined,
    })
  })

  it('that was undone here is undone on the server', async () => {
    const deleted: Entry = { ...changed({}), deletedAt: TIME }
    expect(await merge(deleted, deletion)).toMatchObject({ operation: { op: 'restore' } })
    expect(await merge(deleted, { todo: todo(4) })).toMatchObject({ shown: { state: 'synced' }, operation: undefined })
  })
})

describe('what is sent', () => {
  it('is nothing if a change was taken back', () => {
    expect(settle(changed({})).wanted).toBeUndefined()
  })

  it('is one create for what was made here, as it is now', () => {
    const { wanted } = changed({ isDone: true })
    const operation = operationOf({ id: ID, server: null, ...(wanted && { wanted }) })
    expect(operation).toEqual({ op: 'create', id: ID, todo: newFields({ contents: 'Buy milk', isDone: true }) })
  })

  it('of one that comes again and is done already is an open one, and then its completion', () => {
    const fields = newFields({ contents: 'Water', due: '2026-12-24', recurrence: 'FREQ=DAILY', isDone: true })
    const entry: Entry = { id: ID, server: null, wanted: { fields, isDeleted: false, at: 0 } }
    expect(operationOf(entry)).toEqual({ op: 'create', id: ID, todo: { ...fields, isDone: false } })
    const made: Entry = { ...entry, server: { ...todo(1), ...fields, isDone: false } }
    expect(operationOf(made)).toEqual({ op: 'update', id: ID, patch: { isDone: true }, ifMatch: '"1"' })
  })

  it('is nothing for what was made and deleted here', () => {
    const { wanted } = changed({}, true)
    expect(operationOf({ id: ID, server: null, ...(wanted && { wanted }) })).toBeUndefined()
  })
})

describe('fields', () => {
  it('are written as the server writes them', () => {
    expect(readFields({ contents: 'Cafe\u0301', dueAt: '2026-12-24T19:00:00+01:00', labels: ['e\u0301'] })).toEqual({
      contents: 'Café',
      due: '2026-12-24T18:00:00[UTC]',
      labels: ['é'],
    })
  })

  it('stay as they are if the server will refuse them', () => {
    expect(readFields({ dueAt: 'tomorrow', description: null })).toEqual({ due: 'tomorrow', description: null })
    for (const due of ['2026-02-30', '2026-12-24T18:00', '2026-12-24T18:00:00[Mars/Olympus]']) {
      expect(readFields({ due })).toEqual({ due })
    }
  })

  it('of due dates are a day, or the time that a wall clock shows', () => {
    const due = (text: string) => readFields({ due: text }).due
    expect(due('2026-12-24')).toBe('2026-12-24')
    expect(due('2026-12-24T18:00[Asia/Seoul]')).toBe('2026-12-24T18:00:00[Asia/Seoul]')
    // There is no 02:30 on this night.
    expect(due('2026-03-29T02:30:00[Europe/Berlin]')).toBe('2026-03-29T03:30:00[Europe/Berlin]')
  })

  it('say `due` before `dueAt`, so that a to-do may be given back as it is shown', () => {
    const due = '2026-12-24T18:00:00[Asia/Seoul]'
    expect(readFields({ due, dueAt: '2027-01-01T00:00:00Z' })).toEqual({ due })
  })

  it('without a due date have no rule', () => {
    expect(readFields({ due: null })).toEqual({ due: null, recurrence: null })
    expect(readFields({ dueAt: null })).toEqual({ due: null, recurrence: null })
    expect(readFields({ contents: 'Milk' })).toEqual({ contents: 'Milk' })
  })
})

describe('a to-do that waits', () => {
  const shownWith = (fields: Partial<TodoFields>) => toOfflineTodo(changed(fields))

  it('shows the instant of its due date', () => {
    expect(shownWith({ due: '2026-12-24' })?.dueAt).toBeNull()
    expect(shownWith({ due: '2026-12-24T18:00:00[Asia/Seoul]' })?.dueAt).toBe('2026-12-24T09:00:00.000Z')
    expect(shownWith({ due: '2026-03-29T03:30:00[Europe/Berlin]' })?.dueAt).toBe('2026-03-29T01:30:00.000Z')
  })

  it('stands where its creation puts it, as the server will say', () => {
    const made = { id: ID, server: null, wanted: { fields: newFields({ contents: 'Milk' }), isDeleted: false, at: 0 } }
    const { position, createdAt } = toOfflineTodo(made) ?? {}
    expect(position).toBe(defaultPosition(Date.parse(createdAt ?? '')))
    expect(shownWith({ position: 'a' })?.position).toBe('a')
  })
})
