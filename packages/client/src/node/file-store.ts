import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { applyChanges, areAsExpected, type OfflineStore, type StoreChange, textsUnder } from '../offline/store'

/**
 * A store in one file, for Node, Deno and Bun. Each change writes the whole file anew beside it, waits until it is on disk, and puts it in
 * the place of the old one. So there is always one whole file. Only one program may use it at a time.
 */
export function fileStore(path: string): OfflineStore {
  let texts: Promise<Map<string, string>> | undefined
  let lastWrite: Promise<unknown> = Promise.resolve()

  const load = (): Promise<Map<string, string>> => {
    texts ??= readTexts(path).catch((error: unknown) => {
      // The next call tries again.
      texts = undefined
      throw error
    })
    return texts
  }

  async function write(changes: readonly StoreChange[]): Promise<boolean> {
    const before = await load()
    if (!areAsExpected(before, changes)) return false
    const after = new Map(before)
    applyChanges(after, changes)
    await replaceFile(path, JSON.stringify(Object.fromEntries(after)))
    texts = Promise.resolve(after)
    return true
  }

  return {
    read: async (prefix) => textsUnder(await load(), prefix),
    write(changes) {
      const done = lastWrite.then(() => write(changes))
      lastWrite = done.catch(() => undefined)
      return done
    },
  }
}

async function readTexts(path: string): Promise<Map<string, string>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(path, 'utf8'))))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw error
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.new`
  const file = await open(beside, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
  await syncFolder(dirname(path))
}

/** Brings the new name to disk, too. Windows cannot do that, and does not need it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
