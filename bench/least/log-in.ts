import { base64url } from 'jose'
import { HMAC, readToken, sign, unauthorized, utf8 } from './token'

interface UserRow {
  id: string
  username: string
  password_hash: string
  created_at: number
}

const SESSION_SECONDS = 14 * 86_400
const ACCESS_TOKEN_SECONDS = 600
const iso = (ms: number) => new Date(ms).toISOString()

export async function session(request: Request, env: Env): Promise<Response> {
  const claims = await readToken(request, env)
  const copy = claims && (await env.KV.get(`session:${claims.sid}`))
  return copy ? new Response(copy, { headers: { 'Content-Type': 'application/json' } }) : unauthorized()
}

/** The same hash as Latchkey's: six times 100,000 iterations, over an HMAC. */
async function isPassword(env: Env, password: string, hash: string): Promise<boolean> {
  const [, , , salt = '', expected = ''] = hash.split('$')
  const pepper = await crypto.subtle.importKey('raw', utf8.encode(env.PASSWORD_PEPPER), HMAC, false, ['sign'])
  let secret = await crypto.subtle.sign('HMAC', pepper, utf8.encode(password))
  const pbkdf2 = { name: 'PBKDF2', hash: 'SHA-256', salt: base64url.decode(salt), iterations: 100_000 }
  for (let round = 0; round < 6; round++) {
    const key = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits'])
    secret = await crypto.subtle.deriveBits(pbkdf2, key, 256)
  }
  return crypto.subtle.timingSafeEqual(secret, base64url.decode(expected))
}

export async function logIn(request: Request, env: Env): Promise<Response> {
  const { identifier, password } = await request.json<{ identifier: string; password: string }>()
  const user = await env.DB.prepare('SELECT * FROM users WHERE username = ?').bind(identifier).first<UserRow>()
  if (!user || !(await isPassword(env, password, user.password_hash))) return unauthorized()
  const now = Date.now()
  const id = crypto.randomUUID()
  const expiresAt = now + SESSION_SECONDS * 1000
  const answer = answerOf(user, { id, created_at: now, expires_at: expiresAt })
  await Promise.all([
    env.DB.prepare('INSERT INTO sessions (id, user_id, expires_at) VALUES (?, ?, ?)')
      .bind(id, user.id, expiresAt)
      .run(),
    env.KV.put(`session:${id}`, JSON.stringify(answer), { expirationTtl: SESSION_SECONDS }),
  ])
  const exp = Math.floor(now / 1000) + ACCESS_TOKEN_SECONDS
  return Response.json({
    ...answer,
    accessToken: await sign(env, { sub: user.id, sid: id, exp }),
    refreshToken: await sign(env, { sid: id }),
    deviceToken: await sign(env, { sub: user.id }),
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_SECONDS,
  })
}

const answerOf = (user: UserRow, session: { id: string; created_at: number; expires_at: number }) => ({
  session: { id: session.id, createdAt: iso(session.created_at), expiresAt: iso(session.expires_at) },
  user: {
    id: user.id,
    username: user.username,
    email: null,
    phone: null,
    name: null,
    nickname: null,
    hasPassword: true,
    createdAt: iso(user.created_at),
    updatedAt: iso(user.created_at),
  },
})
