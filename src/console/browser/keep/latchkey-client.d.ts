// The bundle takes these from packages/client. Their own types come from the routes of the Worker, and those from the types of Workers, which
// do not go with the types of the DOM. `test/console/kept-client.test.ts` compares the two.

interface OfflineTodo {
  id: string
  contents: string
  description: string | null
  priority: 'none' | 'low' | 'medium' | 'high' | 'urgent'
  isDone: boolean
  labels: string[]
  due: string | null
  dueAt: string | null
  recurrence: string | null
  parentId: string | null
  listId: string | null
  position: string
  createdAt: string
  state: 'synced' | 'waiting' | 'refused'
}

interface OfflineRefusal {
  id: string
  problem: { code: string; title?: string; errors?: { path: string; code: string; message: string }[] }
}

interface OfflineSyncResult {
  state: 'synced' | 'signed_out' | 'wrong_user' | 'offline' | 'rate_limited' | 'unavailable' | 'failed' | 'cleared'
  sent: number
  refused: number
}

interface OfflineTodos {
  list(): OfflineTodo[]
  lists(): { id: string; name: string }[]
  readonly pending: readonly unknown[]
  readonly refused: readonly OfflineRefusal[]
  create(todo: { contents: string }): Promise<OfflineTodo>
  update(id: string, patch: { isDone: boolean }): Promise<OfflineTodo>
  delete(id: string): Promise<void>
  restore(id: string): Promise<OfflineTodo>
  retry(id: string): Promise<void>
  discard(id: string): Promise<void>
  sync(): Promise<OfflineSyncResult>
  clear(): Promise<void>
  close(): void
}

interface SessionUser {
  id: string
  username: string | null
  email: string | null
  phone: string | null
  name: string | null
  nickname: string | null
  timeZone: string | null
}

interface SessionAnswer {
  /** Who is signed in, or the code of a problem. */
  json(): Promise<{ user?: SessionUser; code?: string }>
}

interface OfflineClient {
  auth: { session: { $get(): Promise<SessionAnswer> } }
}

declare module '@latchkey/client' {
  export function createClient(origin: string): OfflineClient
}

declare module '@latchkey/client/offline' {
  export function indexedDbStore(): object
  export function createOfflineTodos(options: {
    client: OfflineClient
    userId: string
    store: object
    onChange?(): void
    timeoutMs?: number
  }): Promise<OfflineTodos>
}
