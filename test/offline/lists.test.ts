import { describe, expect, it } from 'vitest'
import { NoSuchList } from '../../packages/client/src/offline'
import { newAccount } from './account'
import { type Phone, type PhoneOptions, startPhone } from './phone'
import { BATCH, justBefore, losesAnswer, plane } from './weather'

/** Two devices that have a list with one to-do. */
async function twoDevices(options: PhoneOptions = {}) {
  const account = await newAccount()
  const laptop = await startPhone(account)
  const { id: listId } = await laptop.todos.createList({ name: 'Shop' })
  const { id } = await laptop.todos.create({ contents: 'Milk', listId })
  await laptop.todos.sync()
  const phone = await startPhone(account, options)
  await phone.todos.sync()
  return { account, laptop, phone, listId, id }
}

const names = ({ todos }: Phone) => todos.lists().map(({ name, state }) => [name, state])
const homes = ({ todos }: Phone) => todos.list().map(({ contents, listId }) => [contents, listId])

const isSynced = async ({ todos }: Phone) => expect(await todos.sync()).toMatchObject({ state: 'synced', refused: 0 })

describe('lists', () => {
  it('are made, renamed, moved and filled offline, and reach other devices', async () => {
    const account = await newAccount()
    const { state, before } = plane()
    const phone = await startPhone(account, { before })
    const shop = await phone.todos.createList({ name: 'Shop' })
    const work = await phone.todos.createList({ name: 'Work' })
    await phone.todos.create({ contents: 'Milk', listId: shop.id })
    await phone.todos.updateList(shop.id, { name: 'Groceries' })
    await phone.todos.updateList(work.id, { position: 'a' })
    expect(names(phone)).toEqual([
      ['Work', 'waiting'],
      ['Groceries', 'waiting'],
    ])
    await phone.todos.sync()

    const restarted = await startPhone(account, { before, texts: phone.texts })
    expect(names(restarted)).toEqual(names(phone))
    state.isOff = false
    await isSynced(restarted)
    expect(names(restarted)).toEqual([
      ['Work', 'synced'],
      ['Groceries', 'synced'],
    ])
    const laptop = await startPhone(account)
    await isSynced(laptop)
    expect(laptop.todos.lists()).toEqual(restarted.todos.lists())
    expect(homes(laptop)).toEqual([['Milk', shop.id]])
  })

  it.each([
    ['move', [['Milk', null]]],
    ['delete', []],
  ] as const)('are deleted, and their to-dos: %s', async (todos, left) => {
    const { phone, laptop, listId } = await twoDevices()
    await phone.todos.deleteList(listId, todos)
    expect([names(phone), homes(phone)]).toEqual([[], left])
    for (const device of [phone, laptop]) {
      await isSynced(device)
      expect([names(device), homes(device)]).toEqual([[], left])
    }
    expect(phone.todos.pending).toEqual([])
    await expect(phone.todos.updateList(listId, { name: 'Gone' })).rejects.toThrow(NoSuchList)
  })

  it('that were deleted before a sync are never sent', async () => {
    const phone = await startPhone(await newAccount())
    const { id } = await phone.todos.createList({ name: 'Shop' })
    await phone.todos.deleteList(id)
    await isSynced(phone)
    expect(phone.sent.map(({ call }) => call)).not.toContain(`PUT /lists/${id}`)
  })

  it('are named by who syncs last', async () => {
    const { phone, laptop, listId } = await twoDevices()
    await laptop.todos.updateList(listId, { name: 'Market' })
    await phone.todos.updateList(listId, { name: 'Groceries' })
    for (const device of [laptop, phone, laptop]) await isSynced(device)
    expect([names(laptop), names(phone)]).toEqual([[['Groceries', 'synced']], [['Groceries', 'synced']]])
  })

  it('that were deleted elsewhere come back with the name that was given here', async () => {
    const { phone, laptop, listId } = await twoDevices()
    await laptop.todos.deleteList(listId)
    await isSynced(laptop)
    await phone.todos.updateList(listId, { name: 'Groceries' })
    await phone.todos.create({ contents: 'Bread', listId })
    for (const device of [phone, laptop]) await isSynced(device)
    expect([names(laptop), names(phone)]).toEqual([[['Groceries', 'synced']], [['Groceries', 'synced']]])
    expect(homes(phone)).toEqual([
      ['Milk', null],
      ['Bread', listId],
    ])
  })

  it.each(['before the device reads', 'after it has read'])(
    'that were deleted elsewhere %s leave to-dos in none',
    async (when) => {
      const isLate = when === 'after it has read'
      const deletion = async () => {
        await laptop.todos.deleteList(listId)
        await isSynced(laptop)
      }
      const { phone, laptop, listId } = await twoDevices({
        before: justBefore(BATCH, async () => isLate && deletion()),
      })
      const { id } = await phone.todos.create({ contents: 'Bread', listId })
      if (!isLate) await deletion()
      for (const device of [phone, laptop]) await isSynced(device)
      expect([homes(phone), homes(laptop)]).toEqual(
        Array.from({ length: 2 }, () => [
          ['Milk', null],
          ['Bread', null],
        ]),
      )
      expect(phone.detached).toEqual([{ id, field: 'listId', value: listId }])
    },
  )

  it('that the server refuses wait for the app, and so do their to-dos', async () => {
    const phone = await startPhone(await newAccount())
    const { id } = await phone.todos.createList({ name: 'x'.repeat(101) })
    await phone.todos.create({ contents: 'Milk', listId: id })
    await phone.todos.create({ contents: 'Bread' })
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 1 })
    expect(phone.todos.lists()).toMatchObject([
      { id, state: 'refused', problem: { code: 'invalid_fields', errors: [{ path: '/name' }] } },
    ])
    expect(phone.shown().map(([, , state]) => state)).toEqual(['waiting', 'synced'])
    await phone.todos.updateList(id, { name: 'Shop' })
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 2 })
    expect(names(phone)).toEqual([['Shop', 'synced']])
    // It is as old as its first sync.
    expect(homes(phone)).toEqual([
      ['Bread', null],
      ['Milk', id],
    ])
  })

  it.each(['PUT', 'PATCH', 'DELETE'])('are as they should be if the answer to a %s was lost', async (method) => {
    const { phone, laptop } = await twoDevices({ after: losesAnswer(new RegExp(`^${method} /lists/`)) })
    const { id } = await phone.todos.createList({ name: 'Work' })
    const step = async () => {
      if ((await phone.todos.sync()).state === 'offline') await isSynced(phone)
    }
    await step()
    await phone.todos.updateList(id, { name: 'Office' })
    await step()
    await isSynced(laptop)
    expect(names(laptop)).toEqual([
      ['Shop', 'synced'],
      ['Office', 'synced'],
    ])
    await phone.todos.deleteList(id)
    await step()
    await isSynced(laptop)
    expect(names(laptop)).toEqual([['Shop', 'synced']])
  })

  it('that are renamed while they are sent are sent again', async () => {
    const after = justBefore(/^PUT \/lists/, () => phone.todos.updateList(id, { name: 'Groceries' }))
    const phone = await startPhone(await newAccount(), { after })
    const { id } = await phone.todos.createList({ name: 'Shop' })
    await isSynced(phone)
    expect(names(phone)).toEqual([['Groceries', 'synced']])
    expect(phone.sent.filter(({ call }) => call.includes(id)).map(({ body }) => JSON.parse(body).name)).toEqual([
      'Shop',
      'Groceries',
    ])
  })

  it('that were made without an answer and then deleted here are deleted there', async () => {
    const account = await newAccount()
    const phone = await startPhone(account, { after: losesAnswer(/^PUT \/lists/) })
    const { id } = await phone.todos.createList({ name: 'Shop' })
    expect(await phone.todos.sync()).toMatchObject({ state: 'offline' })
    await phone.todos.deleteList(id)
    await isSynced(phone)
    const laptop = await startPhone(account)
    await isSynced(laptop)
    expect(names(laptop)).toEqual([])
  })
})
