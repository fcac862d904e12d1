import { createRoute } from '@hono/zod-openapi'
import { and, eq, exists, isNotNull, ne, notExists, or } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Context } from 'hono'
import * as z from 'zod'
import { requireUser, type UserEnv } from '../auth/require-user'
import { contactSchema } from '../auth/schemas'
import { whileLive, writeAs } from '../auth/session'
import { renewCopies } from '../auth/session-copy'
import { areUnspent, findUnspent, readVerificationToken, spend } from '../auth/verification'
import { type AppEnv, createRouter } from '../context'
import { sessions, users } from '../db/schema'
import { openChannel } from '../delivery/channels'
import { deliver } from '../delivery/deliver'
import { preferredLocale } from '../delivery/message'
import { contactChangedMessage } from '../delivery/texts'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { afterAnswer } from '../http/after-answer'
import { empty, json, jsonBody, openProblems, problem, signedIn, writeProblems } from '../http/openapi'
import { availabilitySchema, type User, userSchema } from './schemas'
import { byContact, toUser, type UserRow } from './users'

type ContactName = 'email' | 'phone'

const channelOf = { email: 'email', phone: 'sms' } as const
const takenCode = { email: 'email_taken', phone: 'phone_taken' } as const
const inWords = { email: 'e-mail address', phone: 'phone number' } as const

const putContact = <Name extends ContactName>(name: Name) =>
  createRoute({
    method: 'put',
    path: `/me/${name}` as const,
    operationId: `put${name === 'email' ? 'Email' : 'Phone'}`,
    tags: ['Account'],
    summary: `Set or change your ${inWords[name]}`,
    description: 'With a verification token of purpose `verify`, which is spent. The old one is told.',
    security: signedIn,
    middleware: requireUser,
    request: { body: jsonBody(contactSchema) },
    responses: {
      200: json(userSchema, 'You, as changed'),
      ...writeProblems,
      403: problem('cross_site_request', 'invalid_verification_token'),
      409: problem(takenCode[name]),
    },
  })

const deleteContact = <Name extends ContactName>(name: Name) =>
  createRoute({
    method: 'delete',
    path: `/me/${name}` as const,
    operationId: `delete${name === 'email' ? 'Email' : 'Phone'}`,
    tags: ['Account'],
    summary: `Remove your ${inWords[name]}`,
    description: 'It is told. The last way to log in cannot be removed.',
    security: signedIn,
    middleware: requireUser,
    responses: { 204: empty('Removed, or it was not there'), ...writeProblems, 409: problem('last_way_to_log_in') },
  })

const getAvailability = createRoute({
  method: 'post',
  path: '/availability',
  operationId: 'getAvailability',
  tags: ['Account'],
  summary: 'Is this user name free, or this contact of mine?',
  description: 'A contact is asked for by its verification token, so that only who has proven it learns of it.',
  security: [],
  middleware: limitByAddress,
  request: { body: jsonBody(availabilitySchema) },
  responses: {
    200: json(z.object({ available: z.boolean() }), 'Whether nobody has it'),
    ...openProblems,
    403: problem('cross_site_request', 'invalid_verification_token'),
  },
})

export const contactRoutes = createRouter()
  .openapi(getAvailability, async (c) => {
    const { username, verificationToken } = c.req.valid('json')
    const { db, keys } = c.var
    const who =
      username === undefined
        ? byContact(await readVerificationToken(keys, verificationToken ?? '', { purpose: 'verify', now: Date.now() }))
        : eq(users.username, username)
    const holder = await db.select({ id: users.id }).from(users).where(who).get()
    return c.json({ available: holder === undefined }, 200)
  })
  .openapi(putContact('email'), async (c) => c.json(await set(c, 'email', c.req.valid('json').verificationToken), 200))
  .openapi(putContact('phone'), async (c) => c.json(await set(c, 'phone', c.req.valid('json').verificationToken), 200))
  .openapi(deleteContact('email'), async (c) => {
    await remove(c, 'email')
    return c.body(null, 204)
  })
  .openapi(deleteContact('phone'), async (c) => {
    await remove(c, 'phone')
    return c.body(null, 204)
  })

async function set(c: Context<AppEnv & UserEnv>, name: ContactName, verificationToken: string): Promise<User> {
  const { caller, db, keys } = c.var
  const now = Date.now()
  const proof = await readVerificationToken(keys, verificationToken, { purpose: 'verify', now })
  if (proof.channel !== channelOf[name]) throw new AppError('invalid_verification_token')

  const self = eq(users.id, caller.userId)
  const others = alias(users, 'others')
  const holder = db
    .select({ id: others.id })
    .from(others)
    .where(and(eq(others[name], proof.to), ne(others.id, caller.userId)))
  const isChanged = exists(
    db
      .select({ id: users.id })
      .from(users)
      .where(and(self, byContact(proof), whileLive(db, caller, now))),
  )
  // The race: two accounts take one contact, or one token is used twice. Both are conditions of the write itself.
  const [[before], [state], [user], , own] = await writeAs(db, caller, now, [
    db.select().from(users).where(self),
    findUnspent(db, [proof]),
    db
      .update(users)
      .set({ [name]: proof.to, updatedAt: now })
      .where(and(self, notExists(holder), areUnspent(db, [proof]), whileLive(db, caller, now)))
      .returning(),
    spend(db, proof, isChanged),
    db.select().from(sessions).where(eq(sessions.userId, caller.userId)),
  ])
  if (!user) throw new AppError(state?.unspent ? takenCode[name] : 'invalid_verification_token')
  await renewCopies({ kv: c.env.KV, background: (task) => c.executionCtx.waitUntil(task) }, caller, own, user, now)
  if (before && before[name] !== user[name]) tellOld(c, before, name)
  return toUser(user)
}

async function remove(c: Context<AppEnv & UserEnv>, name: ContactName): Promise<void> {
  const { caller, db } = c.var
  const now = Date.now()
  const self = eq(users.id, caller.userId)
  const other = name === 'email' ? users.phone : users.email
  const canLogInWithout = or(isNotNull(other), and(isNotNull(users.username), isNotNull(users.passwordHash)))
  // The race: both contacts are removed at once. The condition is part of the write, and the table's CHECK stands behind it.
  const [[before], [user], own] = await writeAs(db, caller, now, [
    db.select().from(users).where(self),
    db
      .update(users)
      .set({ [name]: null, updatedAt: now })
      .where(and(self, canLogInWithout, whileLive(db, caller, now)))
      .returning(),
    db.select().from(sessions).where(eq(sessions.userId, caller.userId)),
  ])
  if (!user) throw new AppError('last_way_to_log_in')
  await renewCopies({ kv: c.env.KV, background: (task) => c.executionCtx.waitUntil(task) }, caller, own, user, now)
  if (before) tellOld(c, before, name)
}

/** Tells the contact that was replaced or removed (ASVS 6.3.7), after the answer. */
function tellOld(c: Context<AppEnv & UserEnv>, before: UserRow, name: ContactName): void {
  const to = before[name]
  const channel = channelOf[name]
  const send = openChannel(channel, c.var.config, c.env.KV, c.req.url)
  if (to === null || !send) return
  const locale = preferredLocale(c.req.header('Accept-Language'))
  const host = new URL(c.var.config.PUBLIC_ORIGIN).hostname
  afterAnswer(c, () => deliver(send, contactChangedMessage({ channel, to, changed: channel, locale, host })))
}
