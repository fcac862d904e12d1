import type { Todo } from '../../src/todos/schemas'
import type { Client } from '../helpers/client'

export interface Changes {
  changes: ({ todo: Todo } | { id: string; deletedAt: string })[]
  nextToken: string
  hasMore: boolean
}

/** A device that keeps a copy of the to-dos by reading the list of changes. */
export class Replica {
  todos = new Map<string, Todo>()
  private token: string | null = null
  /** How often it had to start again, because its token had expired. */
  restarts = 0

  /** Reads a page of changes. Answers whether there is another. */
  async pull(client: Client, limit: number): Promise<boolean> {
    const since = this.token === null ? '' : `&since=${this.token}`
    const { status, body } = await client.get<Changes>(`/todos/changes?limit=${limit}${since}`)
    if (status === 410) {
      this.todos = new Map()
      this.token = null
      this.restarts++
      return true
    }
    if (status !== 200) throw new Error(`GET changes: ${status}`)
    for (const change of body.changes) {
      if ('todo' in change) this.todos.set(change.todo.id, change.todo)
      else this.todos.delete(change.id)
    }
    this.token = body.nextToken
    return body.hasMore
  }

  async pullAll(client: Client, limit: number): Promise<void> {
    while (await this.pull(client, limit));
  }
}
