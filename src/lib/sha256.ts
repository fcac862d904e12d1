import { base64url } from 'jose'

/** The SHA-256 of a text, as 43 characters of base64url. */
export const sha256 = async (text: string): Promise<string> =>
  base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
