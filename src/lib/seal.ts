import { base64url } from 'jose'

const IV_BYTES = 12

/** What is sealed under a key of several uses names its use, so that one kind never passes as another. */
const parametersOf = (iv: Uint8Array<ArrayBuffer>, use: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(use),
})

/** Encrypts a text (AES-GCM), as base64url. The same text never looks the same twice. */
export async function seal(key: CryptoKey, text: string, use = ''): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const sealed = await crypto.subtle.encrypt(parametersOf(iv, use), key, new TextEncoder().encode(text))
  const bytes = new Uint8Array(IV_BYTES + sealed.byteLength)
  bytes.set(iv)
  bytes.set(new Uint8Array(sealed), IV_BYTES)
  return base64url.encode(bytes)
}

/** The text that was sealed under the key, or null if it was not. It has one spelling: base64url ignores the last bits. */
async function unseal(key: CryptoKey, sealed: string, use = ''): Promise<string | null> {
  try {
    const bytes = base64url.decode(sealed)
    if (base64url.encode(bytes) !== sealed) return null
    const parameters = parametersOf(bytes.slice(0, IV_BYTES), use)
    return new TextDecoder().decode(await crypto.subtle.decrypt(parameters, key, bytes.slice(IV_BYTES)))
  } catch {
    return null
  }
}

/** The text that was sealed under one of the keys, or null. While the secret is replaced there are two. */
export async function unsealWithAny(keys: readonly CryptoKey[], sealed: string, use = ''): Promise<string | null> {
  for (const key of keys) {
    const text = await unseal(key, sealed, use)
    if (text !== null) return text
  }
  return null
}
