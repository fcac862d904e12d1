import fc from 'fast-check'
import { isLive, type Model, PASSWORDS, type Session } from './model'
import type { Device, Place, Proof, Said, Spot, World } from './world'

/*
 * What an action is: a request and what the model says to its answer.
 */

export interface Action {
  /** As a sentence: `alice's session 1 logs out`. */
  text: string
  send: (spot: Spot) => Promise<Said>
  /** Whether the answer may be this where the model holds; makes of the model what holds then. */
  allow: (model: Model, answer: Said) => boolean
}

/** An action as soon as it is known what there is to act with; null where there is nothing. */
export type Plan = (world: World, place: Place) => Action | null

export const USERNAMES = ['alice', 'bob', 'carol'] as const

/** A password in a sentence. */
export const inWords = (password: string): string =>
  password === PASSWORDS[0] ? 'the first password' : 'the second password'

/** A password that somebody types, mostly the one that people have at first. */
export const typedPassword = fc.constantFrom(PASSWORDS[0], ...PASSWORDS)
export const newPassword = fc.constantFrom(...PASSWORDS)

/** Which of several things: mostly the newest, so that actions meet. */
export const which: fc.Arbitrary<number> = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3)

export const newest = <Item>(items: Item[], n: number): Item | undefined => items.at(-1 - (n % items.length))

export const bearer = ({ accessToken }: Device) => ({ headers: { Authorization: `Bearer ${accessToken}` } })

export const isRefused = ({ body }: Said, code: string): boolean => body?.code === code

/** Who has no session any more is told so, or first of all that a proof is missing: its age stands in the token. */
export const isNobody = (answer: Said): boolean =>
  isRefused(answer, 'unauthenticated') || isRefused(answer, 'fresh_proof_required')

/** Whose session may do something now; undefined where it has ended or its access token has expired. */
export function actingSession(model: Model, { sessionId, accessExpiresAt }: Device): Session | undefined {
  const session = model.sessions.get(sessionId)
  return isLive(session) && accessExpiresAt > Date.now() ? session : undefined
}

/** Whether a verification token is good for this; whether it was used before is for the model to say. */
export const isFor = (proof: Proof, purpose: string): boolean =>
  proof.purpose === purpose && proof.expiresAt > Date.now()

/** Wrong passwords in a row that are looked at; whoever is one of several at once may be one too many. */
const FREE_FAILURES = 5

/** Counts a try at a password; false where the answer says that there were too many, and there were not. */
export function countTry(model: Model, account: string, answer: Said): boolean {
  const tries = model.tries.get(account) ?? 0
  if (isRefused(answer, 'too_many_attempts')) return tries + model.atOnce > FREE_FAILURES
  model.tries.set(account, tries + 1)
  return true
}

/** Whether a session may get this answer to a read: one that has ended gets it only as long as its copies live. */
export function mayRead(model: Model, device: Device, answer: Said): boolean {
  if (isRefused(answer, 'unauthenticated')) return !actingSession(model, device)
  const session = model.sessions.get(device.sessionId)
  const isReadable = session !== undefined && Date.now() < session.readableUntil
  return answer.status === 200 && device.accessExpiresAt > Date.now() && isReadable
}

/** What one of the sessions does. */
export const onDevice = <Choice>(
  choice: fc.Arbitrary<Choice>,
  act: (device: Device, choice: Choice) => Action,
): fc.Arbitrary<Plan> =>
  fc.record({ n: which, choice }).map(({ n, choice }) => (world) => {
    const device = newest(world.devices, n)
    return device ? act(device, choice) : null
  })
