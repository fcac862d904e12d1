import { env } from 'cloudflare:workers'
import { readConfig } from '../../src/config'
import { deriveKeys, type Keys } from '../../src/keys'
import { mac } from '../../src/lib/mac'
import { type ProvenContact, signVerificationToken } from '../../src/log-in/code/verification'
import { type Contact, contactColumn } from '../../src/users/contacts'
import type { Person } from './people'

/** The keys with which the Worker of the tests signs. */
export const workerKeys = (): Promise<Keys> => deriveKeys(readConfig(env))

/** The access token in a person's cookie jar. */
export const accessTokenOf = ({ client }: Pick<Person, 'client'>): string => client.cookies.get('__Host-access') ?? ''

/** The refresh token in a person's cookie jar. */
export const refreshTokenOf = ({ client }: Pick<Person, 'client'>): string =>
  client.cookies.get('__Secure-refresh') ?? ''

/** A verification token for a contact, signed with the Worker's key. */
export async function verificationTokenFor(
  { channel, to }: Contact,
  purpose: ProvenContact['purpose'] = 'verify',
): Promise<string> {
  const find = env.DB.prepare(`SELECT proof_stamp FROM users WHERE ${contactColumn[channel]} = ?`).bind(to)
  const proven = { purpose, channel, to, stamp: await find.first<string>('proof_stamp') }
  const { verificationToken } = await signVerificationToken(await workerKeys(), proven, Date.now())
  return verificationToken
}

/** What is different in a forged access token. A member that is `undefined` is left out of the token. */
export interface Forgery {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  /** Makes the signature of the text before the last dot. */
  sign?: (input: string) => Promise<string> | string
}

const encode = (value: unknown): string =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** An access token as the Worker would sign it now for this person, except for what the forgery changes. */
export async function forgeAccessToken(
  { user, session }: Pick<Person, 'user' | 'session'>,
  forgery: Forgery = {},
): Promise<string> {
  const { kid, accessToken } = (await workerKeys()).current
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: 'HS256', typ: 'at+jwt', kid, ...forgery.header }
  const claims = {
    iss: 'latchkey',
    aud: 'latchkey-api',
    sub: user.id,
    sid: session.id,
    iat: now,
    exp: now + 600,
    jti: crypto.randomUUID(),
    ...forgery.claims,
  }
  const input = `${encode(header)}.${encode(claims)}`
  const sign = forgery.sign ?? ((signed: string) => mac(accessToken, signed))
  return `${input}.${await sign(input)}`
}
