import { expect, it } from 'vitest'
import { statements } from '../../src/todos/page-sql'
import { signUp } from '../helpers/people'

it('the statements of lists stay few, however many ways of filtering somebody tries', async () => {
  const { client } = await signUp('alice')
  const values = (name: string, ...some: string[]) => ['', ...some.map((value) => `&${name}=${value}`)]
  const parts = [
    values('sort', 'dueAt', 'priority', 'updatedAt', 'position'),
    values('order', 'DESC'),
    values('isDone', 'true', 'false'),
    values('priority', 'low'),
    values('label', 'a'),
    values('q', 'a'),
    values('listId', 'none'),
  ]
  const queries = parts.reduce((all, part) => all.flatMap((one) => part.map((more) => one + more)), [''])
  for (const query of queries.slice(0, 520)) await client.get(`/todos?limit=1${query}`)
  expect(queries.length).toBeLessThanOrEqual(520)
  expect(statements.size).toBeGreaterThan(400)
  const dated = queries.slice(0, 200).map((query) => client.get(`/todos?limit=1${query}&hasDueDate=true`))
  await Promise.all(dated)
  expect(statements.size).toBeLessThanOrEqual(500)
})
