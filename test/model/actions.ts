import fc from 'fast-check'
import { isFresh, isLive, isYoung, type LogInProof, lacksFactor, type Model, PASSWORDS, type Session } from './model'
import type { AnyAnswer, Connection, Device, Place, Proof, World } from './world'

/*
 * An action is a request, and what the model says about its answer.
 */

export interface Action {
  /** As a sentence: `alice's session 1 logs out`. */
  text: string
  /** What it is, if a test counts how often that succeeds. */
  kind?: Kind
  send: (connection: Connection) => Promise<AnyAnswer>
  /** Whether this answer is right in the state of the model. Changes the model to the state after the request. */
  allow: (model: Model, answer: AnyAnswer) => boolean
}

export const KINDS = [
  'turns on',
  'turns off',
  'goes on by a code',
  'goes on by a passkey',
  'logs in by a passkey',
] as const
export type Kind = (typeof KINDS)[number]

/** Makes an action, from what exists in the world by then. Null if the action is not possible. */
export type Plan = (world: World, place: Place) => Action | null

export const USERNAMES = ['alice', 'bob', 'carol'] as const

/** A password in the text of an action. */
export const describePassword = (password: string): string =>
  password === PASSWORDS[0] ? 'the first password' : 'the second password'

/** A password that somebody types: mostly the first one, which all users have at the start. */
export const typedPassword = fc.constantFrom(PASSWORDS[0], ...PASSWORDS)
export const newPassword = fc.constantFrom(...PASSWORDS)

/** Mostly the newest of several things, so that actions often concern the same thing. */
export const mostlyNewest: fc.Arbitrary<number> = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3)

/** The nth newest item; 0 is the newest. */
export const nthNewest = <Item>(items: Item[], n: number): Item | undefined => items.at(-1 - (n % items.length))

export const bearer = ({ accessToken }: Device) => ({ headers: { Authorization: `Bearer ${accessToken}` } })

export const isRefused = ({ body }: AnyAnswer, code: string): boolean => body?.code === code

/** A session that has ended gets one of these. A missing proof may be noticed first: the age of the log-in is in the token. */
export const isRefusedWithoutSession = (answer: AnyAnswer): boolean =>
  isRefused(answer, 'unauthenticated') || isRefused(answer, 'fresh_proof_required')

/** The session of a device, or undefined if it has ended or its access token has expired. */
export function liveSessionOf(model: Model, { sessionId, accessExpiresAt }: Device): Session | undefined {
  const session = model.sessions.get(sessionId)
  return isLive(session) && accessExpiresAt > Date.now() ? session : undefined
}

/**
 * Whether the answer is right as far as the fresh proof of a session decides it. Undefined if the proof is there, and so something else
 * decides. Where only the second factor is missing, other faults may be noticed first, and nothing may change.
 */
export function withoutProof(model: Model, session: Session, answer: AnyAnswer): boolean | undefined {
  if (isRefused(answer, 'fresh_proof_required')) return isFresh(model, session) !== true
  if (isYoung(session) === false) return false
  return lacksFactor(model, session) ? answer.status >= 400 : undefined
}

/** The ids of second-factor tokens, by the answer that brought them. */
export const waitingIds = new WeakMap<AnyAnswer, string>()

/** Whether the answer to a first factor asks for the second one. Undefined if the account has none. */
export function waitForFactor(
  model: Model,
  answer: AnyAnswer,
  { userId, proof, subject = null }: { userId: string | undefined; proof: LogInProof; subject?: string | null },
): boolean | undefined {
  const user = userId === undefined ? undefined : model.users.get(userId)
  if (userId === undefined || !user?.factor) return undefined
  const id = waitingIds.get(answer)
  if (id === undefined) return false
  const expiresAt = Date.now() + 5 * 60_000
  model.waiting.set(id, { userId, stamp: user.stamp, proof, subject, expiresAt, guesses: 0 })
  return isRefused(answer, 'second_factor_required')
}

/** Whether a verification token is valid for this purpose. Only the model knows whether it was spent. */
export const isFor = (proof: Proof, purpose: string): boolean =>
  proof.purpose === purpose && proof.expiresAt > Date.now()

/** How many wrong passwords in a row are checked. Of several requests at once, any one may be refused as one too many. */
const FREE_FAILURES = 5

/** Counts a try at a password. False if the answer says that there were too many, although there were not. */
export function countPasswordTry(model: Model, account: string, answer: AnyAnswer): boolean {
  const tries = model.tries.get(account) ?? 0
  if (isRefused(answer, 'too_many_attempts')) return tries + model.atOnce > FREE_FAILURES
  model.tries.set(account, tries + 1)
  return true
}

/** Whether a device may get this answer to a read. After its session has ended, it may read as long as copies live. */
export function mayRead(model: Model, device: Device, answer: AnyAnswer): boolean {
  if (isRefused(answer, 'unauthenticated')) return !liveSessionOf(model, device)
  const session = model.sessions.get(device.sessionId)
  const isReadable = session !== undefined && Date.now() < session.readableUntil
  return answer.status === 200 && device.accessExpiresAt > Date.now() && isReadable
}

/** A plan for an action of one of the devices. */
export const onDevice = <Choice>(
  choice: fc.Arbitrary<Choice>,
  act: (device: Device, choice: Choice) => Action,
): fc.Arbitrary<Plan> =>
  fc.record({ n: mostlyNewest, choice }).map(({ n, choice }) => (world) => {
    const device = nthNewest(world.devices, n)
    return device ? act(device, choice) : null
  })
