import { base64url } from 'jose'

const IV_BYTES = 12

/** Encrypts a text (AES-GCM), as base64url. The same text never looks the same twice. */
export async function seal(key: CryptoKey, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new TextEncoder().encode(text))
  const bytes = new Uint8Array(IV_BYTES + sealed.byteLength)
  bytes.set(iv)
  bytes.set(new Uint8Array(sealed), IV_BYTES)
  return base64url.encode(bytes)
}

/** The text that was sealed under the key, or null if it was not. It has one spelling: base64url ignores the last bits. */
export async function unseal(key: CryptoKey, sealed: string): Promise<string | null> {
  try {
    const bytes = base64url.decode(sealed)
    if (base64url.encode(bytes) !== sealed) return null
    const parameters = { name: 'AES-GCM', iv: bytes.slice(0, IV_BYTES) }
    return new TextDecoder().decode(await crypto.subtle.decrypt(parameters, key, bytes.slice(IV_BYTES)))
  } catch {
    return null
  }
}
