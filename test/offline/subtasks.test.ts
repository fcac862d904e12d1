import { describe, expect, it } from 'vitest'
import { type Account, newAccount } from './account'
import { type Phone, type PhoneOptions, startPhone } from './phone'
import { BATCH, justBefore } from './weather'

/** Two devices that have a parent with two subtasks. */
async function twoDevices(options: PhoneOptions = {}) {
  const account = await newAccount()
  const laptop = await startPhone(account)
  const parent = await laptop.todos.create({ contents: 'Party' })
  const cake = await laptop.todos.create({ contents: 'Cake', parentId: parent.id })
  const music = await laptop.todos.create({ contents: 'Music', parentId: parent.id })
  await laptop.todos.sync()
  const phone = await startPhone(account, options)
  await phone.todos.sync()
  const ids = { parent: parent.id, cake: cake.id, music: music.id }
  return { account, phone, laptop, ...ids }
}

/** Both sync, and show the same. */
async function meet(phone: Phone, laptop: Phone) {
  expect(await phone.todos.sync()).toMatchObject({ state: 'synced', refused: 0 })
  expect(await laptop.todos.sync()).toMatchObject({ state: 'synced', refused: 0 })
  expect(phone.todos.pending).toEqual([])
  expect(laptop.todos.list()).toEqual(phone.todos.list())
  return phone.shown()
}

const operationsOf = ({ batches }: Phone) =>
  batches().map(({ body }) =>
    JSON.parse(body).operations.map(({ op, patch }: { op: string; patch?: object }) => [op, patch]),
  )

const contentsOf = ({ todos }: Phone) => todos.list().map(({ contents, parentId }) => [contents, parentId !== null])

describe('a parent that is changed offline', () => {
  it('takes its subtasks along, here at once and on the server, and sends one operation', async () => {
    const { phone, laptop, parent } = await twoDevices()
    for (const [isDone, word] of [
      [true, 'done'],
      [false, 'open'],
    ] as const) {
      await phone.todos.update(parent, { isDone })
      expect(phone.shown()).toEqual(['Party', 'Cake', 'Music'].map((contents) => [contents, word, 'waiting']))
      expect((await meet(phone, laptop)).map(([, shown]) => shown)).toEqual([word, word, word])
    }
    expect(operationsOf(phone)).toEqual([[['update', { isDone: true }]], [['update', { isDone: false }]]])
  })

  it('is deleted and restored with them', async () => {
    const { phone, laptop, parent } = await twoDevices()
    await phone.todos.delete(parent)
    expect(await meet(phone, laptop)).toEqual([])
    await phone.todos.restore(parent)
    expect(phone.todos.list()).toHaveLength(3)
    expect(await meet(phone, laptop)).toHaveLength(3)
    expect(operationsOf(phone)).toEqual([[['delete', undefined]], [['restore', undefined]]])
  })

  it('leaves a subtask as it was changed after that', async () => {
    const { phone, laptop, parent, cake, music } = await twoDevices()
    await phone.todos.update(parent, { isDone: true })
    await phone.todos.update(cake, { isDone: false, contents: 'Two cakes' })
    await phone.todos.update(music, { isDone: false })
    await phone.todos.create({ contents: 'Drinks', parentId: parent })
    const expected = [
      ['Party', 'done'],
      ['Two cakes', 'open'],
      ['Music', 'open'],
      ['Drinks', 'open'],
    ]
    expect(phone.shown().map((one) => one.slice(0, 2))).toEqual(expected)
    expect((await meet(phone, laptop)).map((one) => one.slice(0, 2))).toEqual(expected)
  })

  it('is deleted, and a subtask that is restored alone is never gone on the server', async () => {
    const { phone, laptop, parent, cake } = await twoDevices()
    await phone.todos.delete(parent)
    await phone.todos.restore(cake)
    expect(await meet(phone, laptop)).toEqual([['Cake', 'open', 'synced']])
    expect(operationsOf(phone)).toEqual([[['update', { parentId: null }]], [['delete', undefined]]])
    await phone.todos.restore(parent)
    await meet(phone, laptop)
    expect(contentsOf(phone)).toEqual([
      ['Party', false],
      ['Cake', false],
      ['Music', true],
    ])
  })

  it.each(['changed', 'made'])('is deleted, and a subtask that was %s elsewhere is kept', async (what) => {
    const { phone, laptop, parent, cake } = await twoDevices()
    if (what === 'changed') await laptop.todos.update(cake, { contents: 'Drinks' })
    else await laptop.todos.create({ contents: 'Drinks', parentId: parent })
    await laptop.todos.sync()
    await phone.todos.delete(parent)
    expect(await meet(phone, laptop)).toEqual([['Drinks', 'open', 'synced']])
    expect(operationsOf(phone)).toEqual([[['update', { parentId: null }]], [['delete', undefined]]])
    expect(phone.detached).toMatchObject([{ field: 'parentId', value: parent }])
  })

  it('and is refused, holds up no subtask', async () => {
    const { phone, laptop, parent, music } = await twoDevices()
    await phone.todos.update(parent, { contents: 'x'.repeat(501), isDone: true })
    await phone.todos.update(music, { contents: 'Band' })
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 2, refused: 1 })
    await phone.todos.discard(parent)
    expect(await meet(phone, laptop)).toEqual([
      ['Party', 'open', 'synced'],
      ['Cake', 'done', 'synced'],
      ['Band', 'done', 'synced'],
    ])
  })

  it('and is kept, because it was changed elsewhere, keeps its subtasks', async () => {
    const { phone, laptop, parent } = await twoDevices()
    await laptop.todos.update(parent, { contents: 'Big party' })
    await laptop.todos.sync()
    await phone.todos.delete(parent)
    await meet(phone, laptop)
    expect(contentsOf(phone)).toEqual([
      ['Big party', false],
      ['Cake', true],
      ['Music', true],
    ])
  })
})

describe('a subtask that is made offline', () => {
  it('goes with its new parent in one batch', async () => {
    const phone = await startPhone(await newAccount())
    const parent = await phone.todos.create({ contents: 'Party' })
    const cake = await phone.todos.create({ contents: 'Cake' })
    await phone.todos.create({ contents: 'Music', parentId: parent.id })
    await phone.todos.update(cake.id, { parentId: parent.id })
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 3 })
    expect(phone.batches()).toHaveLength(1)
    expect(contentsOf(phone)).toEqual([
      ['Party', false],
      ['Cake', true],
      ['Music', true],
    ])
  })

  const deletes = async (account: Account, id: string) => {
    const other = await startPhone(account)
    await other.todos.sync()
    await other.todos.delete(id)
    await other.todos.sync()
  }

  it.each(['before the device reads', 'after it has read'])(
    'is a to-do of its own if the parent was deleted elsewhere %s',
    async (when) => {
      const isLate = when === 'after it has read'
      const before = justBefore(BATCH, async () => isLate && deletes(account, parent))
      const { account, phone, laptop, parent } = await twoDevices({ before })
      const { id } = await phone.todos.create({ contents: 'Drinks', parentId: parent })
      if (!isLate) await deletes(account, parent)
      await meet(phone, laptop)
      expect(contentsOf(phone)).toEqual([['Drinks', false]])
      expect(phone.detached).toEqual([{ id, field: 'parentId', value: parent }])
    },
  )

  it('waits until its parent is accepted', async () => {
    const phone = await startPhone(await newAccount())
    const parent = await phone.todos.create({ contents: 'x'.repeat(501) })
    await phone.todos.create({ contents: 'Cake', parentId: parent.id })
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 0, refused: 1 })
    expect(phone.shown().map(([, , state]) => state)).toEqual(['refused', 'waiting'])
    await phone.todos.update(parent.id, { contents: 'Party' })
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 2 })
    expect(contentsOf(phone)).toEqual([
      ['Party', false],
      ['Cake', true],
    ])
  })
})
