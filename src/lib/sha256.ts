import { base64url } from 'jose'

/** The SHA-256 of a text or of bytes, as 43 characters of base64url. */
export async function sha256(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
