import * as z from 'zod'
import { traceOf } from '../../../http/trace'
import { openKv } from '../../../kv'
import { sha256 } from '../../../lib/sha256'
import { MINUTE_MS, SECOND_MS } from '../../../lib/time'
import { FILE_TYPES } from '../../../todos/import/import.openapi'
import type { PageContext } from '../../page/console-env'
import type { Upload } from '../../page/upload'

/*
 * A file between its preview and its import: in KV, one for each user, under the id of the user. The pages name it by its hash. So what is
 * imported is what the preview showed.
 */

/** How long people have to look at the preview. */
const LIFE_SECONDS = (15 * MINUTE_MS) / SECOND_MS

/** KV takes 1,024 bytes of JSON beside a value. */
const MAX_NAME = 100

const aboutSchema = z.object({ hash: z.string(), name: z.string(), type: z.enum(FILE_TYPES) })

export type KeptFile = z.output<typeof aboutSchema> & { bytes: Uint8Array<ArrayBuffer> }

const keyOf = (userId: string) => `import:${userId}`

const kvOf = (c: PageContext) => openKv(c.env.KV, traceOf(c.req.raw))

const TYPES: Record<string, (typeof FILE_TYPES)[number]> = {
  csv: 'text/csv',
  ics: 'text/calendar',
  json: 'application/json',
  txt: 'text/plain',
}

/** What kind of file it is, by its name: browsers call a CSV file a sheet of Excel. Only a text file may be read as todo.txt without more ado. */
const typeOf = ({ name }: Upload) => TYPES[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'text/csv'

/** Keeps a file in place of the one before. @returns its hash */
export async function keepFile(c: PageContext, userId: string, upload: Upload): Promise<string> {
  const hash = await sha256(upload.bytes)
  const about = { hash, name: upload.name.slice(0, MAX_NAME).toWellFormed(), type: typeOf(upload) }
  await kvOf(c).putBytes(keyOf(userId), upload.bytes, { about, ttlSeconds: LIFE_SECONDS })
  return hash
}

/** The file with this hash. Null if it is gone, or another one came after it. */
export async function readKept(c: PageContext, userId: string, hash: string): Promise<KeptFile | null> {
  const kept = await kvOf(c).getBytes(keyOf(userId), aboutSchema)
  return kept?.about.hash === hash ? { ...kept.about, bytes: kept.bytes } : null
}

export const forgetKept = (c: PageContext, userId: string): Promise<void> => kvOf(c).remove(keyOf(userId))
