import { and, eq, or, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import * as z from 'zod'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import type { Keys } from '../keys'
import { seal, unsealWithAny } from '../lib/seal'
import { DAY_MS } from '../lib/time'
import { users } from '../users/tables'
import { getDeviceCookie, setDeviceCookie } from './cookies'
import { MAX_DEVICE_TOKEN, type TokenPlace } from './schemas'

/*
 * Known devices (OWASP, device cookies). A log-in leaves a sealed token that names the device and the users who have logged in on
 * it. It lets nobody in: it only keeps strangers out of the way. On a known device, passwords and codes have counts of their own, so
 * no stranger can lock the owner out. D1 decides whether a device is known, in the transaction that counts: the token names the
 * `device_epoch` of the user, and a later epoch ends all tokens before it.
 */

/** How long a device is known after the last log-in on it. Browsers keep no cookie for longer. */
const DEVICE_LIFE_MS = 400 * DAY_MS

/** Of more users than that, a device knows those who logged in last. */
const MAX_DEVICE_USERS = 5

/** What a device token says. */
export const knownDeviceSchema = z.object({
  id: z.uuid(),
  /** The last one who logged in comes first. `at` is when (ms). */
  users: z.array(z.object({ id: z.uuidv7(), epoch: z.int(), at: z.int() })).max(MAX_DEVICE_USERS),
})

export type KnownDevice = z.output<typeof knownDeviceSchema>

/**
 * The device that a request comes from: from the body or, where tokens go into cookies, from the cookie. Without a token of ours it
 * is a new one. If the tokens go into the body, the cookie is not read, because scripts must not learn what is in it.
 */
export async function readDevice(
  c: Context<AppEnv>,
  { deviceToken, tokens }: { deviceToken?: string | undefined; tokens: TokenPlace },
  now: number,
): Promise<KnownDevice> {
  const token = deviceToken ?? (tokens === 'cookie' ? getDeviceCookie(c) : undefined)
  const known = await openToken(c.var.keys, token)
  if (!known) return { id: crypto.randomUUID(), users: [] }
  return { ...known, users: known.users.filter(({ at }) => at > now - DEVICE_LIFE_MS) }
}

/** The device whose cookie a request has, or null. */
export const readDeviceCookie = (c: Context<AppEnv>): Promise<KnownDevice | null> =>
  openToken(c.var.keys, getDeviceCookie(c))

async function openToken(keys: Keys, token: string | undefined): Promise<KnownDevice | null> {
  if (token === undefined || token.length > MAX_DEVICE_TOKEN) return null
  const text = await unsealWithAny(
    keys.all.map(({ device }) => device),
    token,
  )
  return text === null ? null : (knownDeviceSchema.safeParse(JSON.parse(text)).data ?? null)
}

/** The token of a device on which a user has just logged in. */
export function signDevice(
  keys: Keys,
  { id, users: others }: KnownDevice,
  { userId, epoch, now }: { userId: string; epoch: number; now: number },
): Promise<string> {
  const all = [{ id: userId, epoch, at: now }, ...others.filter((other) => other.id !== userId)]
  const device: KnownDevice = { id, users: all.slice(0, MAX_DEVICE_USERS) }
  return seal(keys.current.device, JSON.stringify(device))
}

/**
 * Keeps the device of a request known to a user who has just proven who they are, if it was: it gets a cookie of this moment.
 * @param about the epoch that the device's token must have, and the one that it gets
 */
export async function stayKnown(
  c: Context<AppEnv>,
  { userId, before, epoch, now }: { userId: string; before: number; epoch: number; now: number },
): Promise<void> {
  const device = await readDevice(c, { tokens: 'cookie' }, now)
  const own = device.users.find(({ id }) => id === userId)
  if (own?.epoch === before) setDeviceCookie(c, await signDevice(c.var.keys, device, { userId, epoch, now }))
}

/** True of a row of `users` that knows the device. */
export const knowsDevice = (device: KnownDevice): SQL =>
  or(...device.users.map(({ id, epoch }) => and(eq(users.id, id), eq(users.deviceEpoch, epoch)))) ?? sql`false`

/** True when the user for whom `who` holds knows the device. */
export const isKnownTo = (db: Db, device: KnownDevice, who: SQL): SQL =>
  device.users.length === 0 ? sql`false` : existsRow(db, users, and(who, knowsDevice(device)))

/** The epoch that ends all device tokens of a user, for an update of their row. */
export const nextDeviceEpoch = sql<number>`${users.deviceEpoch} + 1`
