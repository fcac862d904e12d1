import { DAY, HOUR, MINUTE } from '../helpers/clock'
import { identityOf } from '../helpers/identities'

/*
 * What Latchkey promises about accounts, sessions and codes, in plain TypeScript. The documented numbers are written down here a
 * second time, on purpose. Time is the clock of `setClock`.
 */

const SECOND = 1000

/** When every run starts. A whole second, because tokens have no milliseconds. */
export const START = Date.parse('2026-12-01T12:00:00.000Z')

export const EMAILS = ['alice@example.com', 'bob@example.com'] as const
export const PASSWORDS = ['correct horse battery staple', 'another horse battery staple'] as const
export const PURPOSES = ['log_in', 'verify', 'reset_password'] as const
export type Email = (typeof EMAILS)[number]
export type Purpose = (typeof PURPOSES)[number]

/** Identities at providers that people have. Bob has the first one at the start. */
export const IDENTITIES = [
  identityOf('of-bob', { label: 'of-bob' }),
  identityOf('of-nobody', { label: 'of-nobody' }),
  identityOf('at-gmail', { label: 'at-gmail', email: { address: EMAILS[0], isOwned: true } }),
  identityOf('elsewhere', { label: 'elsewhere', email: { address: EMAILS[1], isOwned: false } }),
] as const
export type Identity = (typeof IDENTITIES)[number]

export interface User {
  username: string | null
  email: string | null
  name: string | null
  password: string | null
  createdAt: number
  emailChangedAt: number
  passwordChangedAt: number
  /** Goes up with whatever ends the codes and tokens that are out. */
  stamp: number
  factor: Factor | null
}

/** A second factor: an authenticator app, and the recovery codes that are left. */
export interface Factor {
  secret: string
  since: number
  /** The time step of the last code that was accepted. */
  lastStep: number
  recoveryCodes: string[]
}

/** A log-in that waits for its second factor. */
export interface Waiting {
  userId: string
  stamp: number
  proof: LogInProof
  /** The identity that was the first factor. */
  subject: string | null
  expiresAt: number
  /** Wrong codes that came with it. May be counted too high, never too low. */
  guesses: number
}

/** What a log-in proved, and since when the account had it. */
export interface LogInProof {
  by: 'password' | 'email' | 'identity' | 'passkey'
  since: number
}

export interface Session {
  userId: string
  proof: LogInProof
  /** Since when the account had the second factor that the log-in included. */
  factorSince: number | null
  generation: number
  createdAt: number
  rotatedAt: number
  /** The `Idempotency-Key` of the request that rotated it. */
  refreshKey: string | null
  /** How often a lost refresh was answered again after its 10 s, and when last. */
  repeats: number
  repeatedAt: number
  /** Whether it was ended because a refresh token was used again. */
  foundOut: boolean
  expiresAt: number
  /** When it was ended, if it was. */
  endedAt: number | null
  /** How long copies of it may still be shown. */
  readableUntil: number
}

/** The newest code of a recipient and purpose, and the wrong guesses at all their codes. */
export interface Guard {
  challengeId: string
  /** `stampOf` the recipient when the code was sent. */
  stamp: string | null
  guesses: number
  isSpent: boolean
  expiresAt: number
  wrong: number
  wrongSince: number
}

export type Changed = 'username' | 'email' | 'password' | 'second_factor' | 'reset'

export interface Model {
  users: Map<string, User>
  sessions: Map<string, Session>
  /** By `guardKey`. */
  guards: Map<string, Guard>
  sends: { purpose: Purpose; to: string; at: number }[]
  spentTokens: Set<string>
  /** By the id of a verification token: the stamp of its code. */
  tokenStamps: Map<string, string | null>
  /** The challenges that have taken five guesses, none of them right. */
  usedUpCodes: Set<string>
  /** Passwords that were tried for an account since the last right one. May be counted too high, never too low. */
  tries: Map<string, number>
  /** How many requests are running at once. */
  atOnce: number
  /** Users whose password was changed by one of these requests. */
  justChanged: Set<string>
  /** The user who has an identity, and since when, by its subject. */
  identities: Map<string, { userId: string; linkedAt: number }>
  /** The user who has a passkey, and since when, by `passkeyKey`. */
  passkeys: Map<string, { userId: string; linkedAt: number }>
  /** Log-ins that wait for their second factor, by the id of their token. */
  waiting: Map<string, Waiting>
  /** Wrong codes of the second factor of a user. May be counted too high, never too low. */
  wrongFactors: Map<string, number>
  /** The newest requests, by `requestKey`. Without a stamp it is stopped. */
  requests: Map<string, { askedAt: number; stamp: number | null }>
  /** What users had before they changed their password, their e-mail address or their user name. */
  past: { userId: string; changed: Changed; username: string | null; email: string | null; at: number }[]
}

export const emptyModel = (): Model => ({
  users: new Map(),
  sessions: new Map(),
  guards: new Map(),
  sends: [],
  spentTokens: new Set(),
  tokenStamps: new Map(),
  usedUpCodes: new Set(),
  tries: new Map(),
  atOnce: 1,
  justChanged: new Set(),
  identities: new Map(),
  passkeys: new Map(),
  waiting: new Map(),
  wrongFactors: new Map(),
  requests: new Map(),
  past: [],
})

/** The account that has an e-mail address, with its stamp; null if nobody has the address. */
export function stampOf(model: Model, to: string): string | null {
  const [id, user] = findUser(model, to) ?? []
  return user ? `${id} ${user.stamp}` : null
}

/** Ends the codes and verification tokens that are out. */
export function endProofs(model: Model, userId: string): void {
  const user = model.users.get(userId)
  if (user) user.stamp++
}

/** Whether a verification token was neither spent nor ended. */
export const isUsable = (model: Model, { jti, to }: { jti: string; to: string }): boolean =>
  !model.spentTokens.has(jti) && model.tokenStamps.get(jti) === stampOf(model, to)

export const guardKey = (purpose: Purpose, to: string): string => `${purpose} ${to}`

export const isLive = (session: Session | undefined): session is Session =>
  session !== undefined && session.endedAt === null && session.expiresAt > Date.now()

/** A user who is made now. */
export const newUser = (has: Partial<User>): User => {
  const now = Date.now()
  const nothing = { username: null, email: null, name: null, password: null, factor: null }
  return { ...nothing, createdAt: now, emailChangedAt: now, passwordChangedAt: now, stamp: 0, ...has }
}

/** Begins a session. It lives for 14 days without use, and 30 days in all. */
export function beginSession(
  model: Model,
  id: string,
  { userId, proof, factorSince = null }: Pick<Session, 'userId' | 'proof'> & { factorSince?: number | null },
  now = Date.now(),
): void {
  const expiresAt = now + 14 * DAY
  model.sessions.set(id, {
    userId,
    proof,
    factorSince,
    generation: 0,
    createdAt: now,
    rotatedAt: now,
    refreshKey: null,
    repeats: 0,
    repeatedAt: 0,
    foundOut: false,
    expiresAt,
    endedAt: null,
    readableUntil: expiresAt,
  })
}

/** How long copies of an ended session may be shown. */
export const COPY_LIFE_MS = MINUTE
/** A copy that was just being written when the session ended is removed this much later. */
export const LATE_COPY_MS = 5 * SECOND

export function endSession(model: Model, session: Session | undefined): void {
  if (!session || session.endedAt !== null) return
  session.endedAt = Date.now()
  session.readableUntil = Date.now() + COPY_LIFE_MS + (model.atOnce > 1 ? LATE_COPY_MS : 0)
}

export function endSessionsOf(model: Model, userId: string, but?: string): void {
  for (const [id, session] of model.sessions) if (session.userId === userId && id !== but) endSession(model, session)
}

/** How long the previous refresh token gets the same successor. */
const GRACE_MS = 10 * SECOND

/**
 * The generation that a refresh with this generation gives, or null. The previous token gives the same for 10 s; later only with the key
 * of the request that rotated, three times, each for 10 s. Any other token that was used before ends the session.
 */
export function rotate(
  model: Model,
  session: Session | undefined,
  { generation, key = null }: { generation: number; key?: string | null },
): number | null {
  const now = Date.now()
  if (!isLive(session)) return null
  if (generation === session.generation) {
    session.generation++
    session.rotatedAt = now
    session.refreshKey = key
    session.expiresAt = Math.min(session.createdAt + 30 * DAY, now + 14 * DAY)
    session.readableUntil = session.expiresAt
    return session.generation
  }
  if (generation === session.generation - 1) {
    if (now <= session.rotatedAt + GRACE_MS) return session.generation
    const isSameClient = key !== null && key === session.refreshKey
    if (isSameClient && now <= session.repeatedAt + GRACE_MS) return session.generation
    if (isSameClient && session.repeats < 3) {
      session.repeats++
      session.repeatedAt = now
      return session.generation
    }
  }
  session.foundOut = true
  endSession(model, session)
  return null
}

const wrongToday = ({ wrong, wrongSince }: Guard): number => (wrongSince + DAY > Date.now() ? wrong : 0)

export const isOutOfGuesses = (guard: Guard | undefined): boolean => guard !== undefined && wrongToday(guard) >= 20

/** Whether a code may be sent: one a minute for a purpose, five an hour and ten a day for a recipient, none when out of guesses. */
export function maySend(model: Model, purpose: Purpose, to: string): boolean {
  const since = (ms: number) => model.sends.filter((send) => send.to === to && send.at > Date.now() - ms)
  const isAgain = since(MINUTE).some((send) => send.purpose === purpose)
  return (
    !isAgain &&
    since(HOUR).length < 5 &&
    since(DAY).length < 10 &&
    !isOutOfGuesses(model.guards.get(guardKey(purpose, to)))
  )
}

/** Records a sent code. From now on it is the only valid one of its recipient and purpose. */
export function recordSend(model: Model, purpose: Purpose, to: string, challengeId: string): void {
  const now = Date.now()
  const { wrong, wrongSince } = model.guards.get(guardKey(purpose, to)) ?? { wrong: 0, wrongSince: now }
  const stamp = stampOf(model, to)
  const fresh = { challengeId, stamp, guesses: 0, isSpent: false, expiresAt: now + 5 * MINUTE, wrong, wrongSince }
  model.guards.set(guardKey(purpose, to), fresh)
  model.sends.push({ purpose, to, at: now })
}

/**
 * Guesses at a code. Answers whether it is accepted. At most five guesses count for a code, and 20 wrong ones a day. A right
 * guess at a code that has ended counts nowhere.
 */
export function guessCode(
  model: Model,
  guard: Guard | undefined,
  { challengeId, stamp, isRight }: { challengeId: string; stamp: string | null; isRight: boolean },
): boolean {
  const now = Date.now()
  if (guard?.challengeId !== challengeId || guard.isSpent || guard.expiresAt <= now) return false
  if (guard.guesses >= 5 || isOutOfGuesses(guard)) return false
  if (isRight && guard.stamp !== stamp) return false
  guard.guesses++
  if (isRight) {
    guard.isSpent = true
  } else {
    const before = wrongToday(guard)
    if (before === 0) guard.wrongSince = now
    guard.wrong = before + 1
    if (guard.guesses === 5) model.usedUpCodes.add(challengeId)
  }
  return isRight
}

/** The user with this user name or e-mail address. */
export function findUser(model: Model, identifier: string): [id: string, user: User] | undefined {
  const users = [...model.users]
  return users.find(([, { username, email }]) => username === identifier || email === identifier)
}

/** Whether another user has this user name or e-mail address. */
export const isTaken = (model: Model, identifier: string | null, userId?: string): boolean =>
  identifier !== null && ![undefined, userId].includes(findUser(model, identifier)?.[0])

/** What stands for a passkey in `passkeys` and in requests. */
export const passkeyKey = (credentialId: string): string => `passkey ${credentialId}`

/** Whether a user has another way to log in than an identity or a passkey. */
export function canLogInWithout(model: Model, userId: string, subject: string): boolean {
  const { email = null, username = null, password = null } = model.users.get(userId) ?? {}
  const others = [...model.identities, ...model.passkeys].filter(
    ([other, owner]) => owner.userId === userId && other !== subject,
  )
  return email !== null || (username !== null && password !== null) || others.length > 0
}

/** Keeps what a user has, before a change of the password, the e-mail address or the user name. */
export function keepPast(model: Model, userId: string, changed: Changed): void {
  const last = Math.max(0, ...model.past.filter((one) => one.userId === userId).map(({ at }) => at))
  const { username = null, email = null } = model.users.get(userId) ?? {}
  model.past.push({ userId, changed, username, email, at: Math.max(Date.now(), last + 1) })
}

/** Whether another user had a user name or an e-mail address in the last seven days. */
export const isReserved = (model: Model, identifier: string | null, butFor?: string): boolean =>
  identifier !== null &&
  model.past.some(
    ({ userId, username, email, at }) =>
      [username, email].includes(identifier) && userId !== butFor && at > Date.now() - 7 * DAY,
  )

/**
 * Whether a user has made three changes in a day: of the password, of the second factor, or of the user name and the e-mail address together. Those of which
 * nobody was told do not count, but for user names. Nine of any kind are too many as well. Resets do not count.
 */
export function hasChangedThrice(
  model: Model,
  userId: string,
  kind: 'identifier' | 'password' | 'second_factor',
): boolean {
  const today = model.past.filter((change) => change.userId === userId && change.at > Date.now() - DAY)
  const alike = today.filter(({ changed, email }) =>
    kind !== 'identifier'
      ? changed === kind && email !== null
      : changed === 'username' || (changed === 'email' && email !== null),
  )
  return alike.length >= 3 || today.filter(({ changed }) => changed !== 'reset').length >= 9
}

/** Takes back the try of a right password, and no other. Simultaneous tries may be counted before that, so then the count stays. */
export function takeBackTry(model: Model, account: string): void {
  if (model.atOnce === 1) model.tries.set(account, (model.tries.get(account) ?? 1) - 1)
}

export function setPassword(model: Model, userId: string, newPassword: string, by: 'password' | 'reset'): void {
  keepPast(model, userId, by)
  const user = model.users.get(userId)
  if (user) Object.assign(user, { password: newPassword, passwordChangedAt: Date.now() })
  endProofs(model, userId)
  model.justChanged.add(userId)
}

/** How long a password or an identity is too young to be a proof, and how long a request has to wait. */
const WAIT_MS = 72 * HOUR

/** What a request of a user is about: the e-mail address, or the identity with this subject. One that is linked again is another one. */
export const requestKey = (model: Model, userId: string, subject: string | null): string =>
  `${userId} ${subject === null ? 'email' : `${subject} ${model.identities.get(subject)?.linkedAt}`}`

/** Whether a session, whose log-in is fresh, may replace the e-mail address of its user at once. */
export function mayReplaceEmail(model: Model, session: Session): boolean {
  const { userId, createdAt, proof } = session
  const user = model.users.get(userId)
  if (!user || user.email === null || isDue(model, userId, null)) return true
  if (createdAt === user.createdAt) return true
  if (hasOldFactor(model, session)) return true
  return proof.by === 'email' ? user.emailChangedAt <= createdAt : isEstablished(model, session)
}

/** Whether a session, whose log-in is fresh, may remove an identity or a passkey of its user at once. One that is younger than 72 h it may. */
export function mayUnlink(model: Model, session: Session, subject: string): boolean {
  const { userId, createdAt, proof } = session
  const user = model.users.get(userId)
  const { linkedAt = 0 } = model.identities.get(subject) ?? model.passkeys.get(subject) ?? {}
  if (!user || isDue(model, userId, subject)) return true
  if (createdAt === user.createdAt) return true
  if (linkedAt > Date.now() - WAIT_MS && linkedAt !== user.createdAt) return true
  return hasOldFactor(model, session) || (proof.by !== 'email' && isEstablished(model, session))
}

/** Whether the password, the identity or the passkey that a session began with was old enough, and is still there. */
function isEstablished(model: Model, { userId, proof: { by, since } }: Session): boolean {
  const isAmong = (all: Model['identities']) =>
    [...all.values()].some((one) => one.userId === userId && one.linkedAt === since)
  if (by === 'identity' && !isAmong(model.identities)) return false
  if (by === 'passkey' && !isAmong(model.passkeys)) return false
  return since <= Date.now() - WAIT_MS || since === model.users.get(userId)?.createdAt
}

/** Whether the second factor that a session began with was old enough, and is still there. */
function hasOldFactor(model: Model, { userId, factorSince }: Session): boolean {
  if (factorSince === null || factorSince > Date.now() - WAIT_MS) return false
  const isPasskey = [...model.passkeys.values()].some((one) => one.userId === userId && one.linkedAt === factorSince)
  return isPasskey || model.users.get(userId)?.factor?.since === factorSince
}

/** Whether the time of a request has come. */
function isDue(model: Model, userId: string, subject: string | null): boolean {
  const request = model.requests.get(requestKey(model, userId, subject))
  if (!request || request.stamp !== model.users.get(userId)?.stamp) return false
  const dueAt = request.askedAt + WAIT_MS
  return dueAt <= Date.now() && Date.now() < dueAt + 7 * DAY
}

/** Asks to replace the e-mail address, or to remove an identity. Null if that was asked less than a day ago, and the request is void. */
export function ask(model: Model, userId: string, subject: string | null): 'asked' | null {
  const key = requestKey(model, userId, subject)
  const stamp = model.users.get(userId)?.stamp ?? 0
  const request = model.requests.get(key)
  if (request?.stamp === stamp && Date.now() < request.askedAt + WAIT_MS) return 'asked'
  if (request && request.askedAt > Date.now() - DAY) return null
  model.requests.set(key, { askedAt: Date.now(), stamp })
  return 'asked'
}

/** The owner of an identity has proven it, which stops a request to remove it. */
export function stopRequest(model: Model, userId: string, subject: string): void {
  const request = model.requests.get(requestKey(model, userId, subject))
  if (request) request.stamp = null
}

const FRESH_MS = 10 * 60_000

/** Whether a session lacks the second factor that its account has. */
export const lacksFactor = (model: Model, { userId, factorSince }: Session): boolean =>
  factorSince === null && (model.users.get(userId)?.factor ?? null) !== null

/** Whether the current password alone is no proof in a session: the account has a second factor, and no fresh log-in included it. */
export const needsCode = (model: Model, session: Session): boolean =>
  (model.users.get(session.userId)?.factor ?? null) !== null &&
  (session.factorSince === null || isYoung(session) !== true)

/**
 * Whether the log-in of a session is still a fresh proof: it must have included the second factor, if there is one. Null at the exact
 * millisecond when it stops being one.
 */
export const isFresh = (model: Model, session: Session): boolean | null =>
  lacksFactor(model, session) ? false : isYoung(session)

/** Whether the log-in of a session is young enough, whatever it included. */
export function isYoung({ createdAt }: Session): boolean | null {
  const until = createdAt + FRESH_MS
  return until === Date.now() ? null : Date.now() < until
}
