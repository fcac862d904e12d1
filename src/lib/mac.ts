import { base64url } from 'jose'

const utf8 = new TextEncoder()

/** The HMAC-SHA-256 of `message` under `key`, as 43 characters of base64url. */
export async function mac(key: CryptoKey, message: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(message))))
}

/** Whether a text is the one spelling of a MAC: base64url ignores the last two bits of the 43rd character. */
export const isMacSpelling = (text: string): boolean => /^[\w-]{42}[AEIMQUYcgkosw048]$/.test(text)

/** Whether `tag` is the MAC of `message`, compared in constant time (ASVS 11.2.4). False for any other spelling of it. */
export async function verifyMac(key: CryptoKey, message: string, tag: string): Promise<boolean> {
  if (!isMacSpelling(tag)) return false
  return crypto.subtle.verify('HMAC', key, base64url.decode(tag), utf8.encode(message))
}
