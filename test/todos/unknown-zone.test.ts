import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import { setClock } from '../helpers/clock'
import { signUp } from '../helpers/people'

it('a to-do is shown in UTC if this runtime does not know its zone, as after a step back to an older one', async () => {
  setClock(Date.parse('2026-12-01T12:00:00.000Z'))
  const { client, user } = await signUp('alice')
  const due = '2026-12-24T18:00:00[Asia/Seoul]'
  const { body } = await client.post<Todo>('/todos', { contents: 'a', due, recurrence: 'FREQ=DAILY' })
  await env.DB.batch([
    env.DB.prepare("UPDATE todos SET due_zone = 'Mars/Olympus' WHERE user_id = ?").bind(user.id),
    env.DB.prepare("UPDATE users SET time_zone = 'Mars/Olympus' WHERE id = ?").bind(user.id),
  ])
  const list = await client.get<{ todos: Todo[] }>('/todos?overdue=false')
  expect(list.body.todos).toMatchObject([{ due: '2026-12-24T09:00:00[UTC]', dueAt: body.dueAt }])
  for (const format of ['json', 'csv', 'todo.txt', 'ics'])
    expect((await client.get(`/users/me/export?format=${format}`)).status).toBe(200)
  expect((await client.patch(`/todos/${body.id}`, { isDone: true })).status).toBe(200)
})
