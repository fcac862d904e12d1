import { expect, it } from 'vitest'
import { newAccount } from './account'
import { type PhoneOptions, startPhone } from './phone'
import { BATCH, losesAnswer } from './weather'

const DAY_MS = 86_400_000

const dayFromNow = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)

async function withPlants(options: PhoneOptions = {}, due = dayFromNow(1)) {
  const account = await newAccount()
  const laptop = await startPhone(account)
  const { id } = await laptop.todos.create({ contents: 'Plants', due, recurrence: 'FREQ=DAILY' })
  await laptop.todos.sync()
  const phone = await startPhone(account, options)
  await phone.todos.sync()
  return { account, laptop, phone, id, shown: () => phone.todos.list().map(({ due, isDone }) => [due, isDone]) }
}

it('is shown as done, and the next one comes with the sync', async () => {
  const { phone, id, shown } = await withPlants()
  await phone.todos.update(id, { isDone: true })
  expect(shown()).toEqual([[dayFromNow(1), true]])
  expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 1 })
  expect(shown()).toEqual([
    [dayFromNow(1), true],
    [dayFromNow(2), false],
  ])
  // Opening it again takes the next one back.
  await phone.todos.update(id, { isDone: false })
  await phone.todos.sync()
  expect(shown()).toEqual([[dayFromNow(1), false]])
})

it('sends nothing when it is undone before the sync', async () => {
  const { phone, id, shown } = await withPlants()
  await phone.todos.update(id, { isDone: true })
  await phone.todos.update(id, { isDone: false })
  expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 0 })
  expect(shown()).toEqual([[dayFromNow(1), false]])
})

it('makes one next one if two devices complete it', async () => {
  const { phone, laptop, id, shown } = await withPlants()
  await phone.todos.update(id, { isDone: true })
  await laptop.todos.update(id, { isDone: true })
  for (const { todos } of [laptop, phone, laptop]) expect(await todos.sync()).toMatchObject({ state: 'synced' })
  expect(shown()).toEqual([
    [dayFromNow(1), true],
    [dayFromNow(2), false],
  ])
  expect(laptop.todos.list()).toEqual(phone.todos.list())
})

it('makes one next one if the answer is lost', async () => {
  const { phone, id, shown } = await withPlants({ after: losesAnswer(BATCH) })
  await phone.todos.update(id, { isDone: true })
  expect(await phone.todos.sync()).toMatchObject({ state: 'offline' })
  expect(await phone.todos.sync()).toMatchObject({ state: 'synced' })
  expect(shown()).toEqual([
    [dayFromNow(1), true],
    [dayFromNow(2), false],
  ])
})

it('comes next on the day of the sync, or later, if it was completed late', async () => {
  const { phone, id, shown } = await withPlants({}, dayFromNow(-10))
  await phone.todos.update(id, { isDone: true })
  await phone.todos.sync()
  expect(shown()).toEqual([
    [dayFromNow(-10), true],
    [dayFromNow(0), false],
  ])
})

it('makes a next one if it was made and completed between two syncs', async () => {
  const phone = await startPhone(await newAccount())
  const { id } = await phone.todos.create({ contents: 'Plants', due: dayFromNow(1), recurrence: 'FREQ=DAILY' })
  await phone.todos.update(id, { isDone: true })
  expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 2 })
  expect(phone.shown()).toEqual([
    ['Plants', 'done', 'synced'],
    ['Plants', 'open', 'synced'],
  ])
})
