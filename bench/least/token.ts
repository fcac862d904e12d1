import { base64url } from 'jose'

export interface Claims {
  sub: string
  sid: string
  exp: number
}

export const HMAC = { name: 'HMAC', hash: 'SHA-256' }
export const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()
export const unauthorized = () => new Response(null, { status: 401 })

let imported: CryptoKey | undefined

async function keyOf(env: Env): Promise<CryptoKey> {
  imported ??= await crypto.subtle.importKey('raw', utf8.encode(env.AUTH_SECRET), HMAC, false, ['sign', 'verify'])
  return imported
}

const encode = (part: object) => base64url.encode(JSON.stringify(part))

export async function sign(env: Env, claims: object): Promise<string> {
  const unsigned = `${encode({ alg: 'HS256', typ: 'at+jwt' })}.${encode(claims)}`
  const tag = await crypto.subtle.sign('HMAC', await keyOf(env), utf8.encode(unsigned))
  return `${unsigned}.${base64url.encode(new Uint8Array(tag))}`
}

export async function readToken(request: Request, env: Env): Promise<Claims | null> {
  const token = request.headers.get('Authorization')?.slice('Bearer '.length) ?? ''
  const dot = token.lastIndexOf('.')
  const tag = base64url.decode(token.slice(dot + 1))
  if (!(await crypto.subtle.verify('HMAC', await keyOf(env), tag, utf8.encode(token.slice(0, dot))))) return null
  const claims: Claims = JSON.parse(fromUtf8.decode(base64url.decode(token.split('.')[1] ?? '')))
  return claims.exp * 1000 > Date.now() ? claims : null
}
