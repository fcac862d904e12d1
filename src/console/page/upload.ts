import { AppError } from '../../errors'
import { readBodyBytes } from '../../http/body'

/** The names of the fields, and what stands between them. */
const MAX_FORM_BYTES = 16 * 1024

export interface Upload {
  name: string
  /** What the browser takes it for. It may be empty. */
  type: string
  bytes: Uint8Array<ArrayBuffer>
}

/**
 * The file that a form with `enctype="multipart/form-data"` brings. Null if none was chosen.
 * @throws {AppError} `content_too_large`, `unsupported_media_type` or `malformed_json`
 */
export async function readUpload(
  request: Request,
  { field, maxBytes }: { field: string; maxBytes: number },
): Promise<Upload | null> {
  const rules = { mediaTypes: ['multipart/form-data'], maxBytes: maxBytes + MAX_FORM_BYTES }
  const body = await readBodyBytes(request, rules)
  const file = (await parse(body, request.headers.get('Content-Type') ?? '')).get(field)
  if (!(file instanceof File) || file.size === 0) return null
  return { name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) }
}

async function parse(body: Uint8Array, contentType: string): Promise<FormData> {
  try {
    return await new Response(body, { headers: { 'Content-Type': contentType } }).formData()
  } catch {
    throw new AppError('malformed_json')
  }
}
