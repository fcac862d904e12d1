import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { batchNamed } from '../db/batch-named'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { empty, jsonBody, openProblems, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { type ProvenContact, readVerificationToken } from '../log-in/code/verification'
import { verifyPassword } from '../log-in/password/hash'
import { refusePassword } from '../log-in/password/passwords-off'
import { recordFailure } from '../log-in/password/record-failure'
import { countAttempt, linkKey, requireAttempt } from '../log-in/password/throttle'
import { macsOfLink } from '../notices/link'
import { contactsOf, notify } from '../notices/notify'
import { findEnded } from '../sessions/end-sessions'
import { forgetCopies, forgetIfLost } from '../sessions/session-copy'
import { contactColumn } from '../users/contacts'
import { wayBackSchema } from './schemas'
import { findWayBack, takeBack, type WayBack } from './way-back'

const undoChanges = createRoute({
  method: 'post',
  path: '/way-back',
  operationId: 'undoChanges',
  tags: ['Account'],
  summary: 'Take back a change of your contacts, user name or password',
  description:
    'With the token of the link in the notice of the change, for seven days. It puts back the user name and the contacts as they were before that change, removes a password that was set since, and ends every session and every known device. If the account had a password then, or a contact that did not get the link, and it had not changed for seven days, it needs one of them as well: that password, or a verification token of purpose `verify` for that contact. `errors` of `fresh_proof_required` says which would do.',
  security: [],
  middleware: limitByAddress,
  request: { body: jsonBody(wayBackSchema) },
  responses: {
    204: empty('The account is as it was before the change'),
    ...openProblems,
    403: problem(
      'cross_site_request',
      'invalid_link',
      'fresh_proof_required',
      'wrong_password',
      'invalid_verification_token',
    ),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const wayBackRoutes = createRouter().openapi(undoChanges, async (c) => {
  const { token, ...given } = c.req.valid('json')
  const { keys, kv, background } = c.var
  const db = c.var.primary()
  const now = Date.now()
  const wayBack = await findWayBack(db, await macsOfLink(keys, token), now)
  if (!wayBack) throw new AppError('invalid_link')
  const proof = await readProof(c, wayBack, given, now)

  const taking = batchNamed(db, takeBack(db, wayBack, { proof, client: clientInfo(c), now }))
  const { link, undone, ended } = await forgetIfLost(c.var, taking, () => findEnded(db, wayBack.user.id, now))
  if (undone.length === 0) {
    throw new AppError(link.length > 0 && proof ? 'invalid_verification_token' : 'invalid_link')
  }
  tellContacts(c, wayBack)
  await forgetCopies(
    kv,
    ended.map(({ id }) => id),
    background,
  )
  return c.body(null, 204)
})

/**
 * Checks what is proven besides the link.
 * @returns the contact that was proven; null if it was the password, or if nothing else has to be proven
 * @throws {AppError} `fresh_proof_required`, `wrong_password`, `too_many_attempts` or `invalid_verification_token`
 */
async function readProof(
  c: Context<AppEnv>,
  wayBack: WayBack,
  given: { password?: string | undefined; verificationToken?: string | undefined },
  now: number,
): Promise<ProvenContact | null> {
  const { provable } = wayBack
  if (provable.length === 0) return null
  refusePassword(c.var.config, given.password, '/password')
  const known = provable.find((one) => one.name === 'password')
  if (known && given.password !== undefined) {
    await provePassword(c, wayBack, { password: given.password, hash: known.passwordHash })
    return null
  }
  if (given.verificationToken !== undefined && provable.some(({ name }) => name !== 'password')) {
    const contact = await readVerificationToken(c.var.keys, given.verificationToken, { purpose: 'verify', now })
    const name = contactColumn[contact.channel]
    if (provable.some((one) => one.name === name && one.to === contact.to)) return contact
    throw new AppError('invalid_verification_token')
  }
  throw new AppError('fresh_proof_required', { errors: provable.map(({ name }) => missing[name]) })
}

const missing = {
  password: {
    path: '/password',
    code: 'password_would_do',
    message: 'The password from before the change would do',
  },
  email: {
    path: '/verificationToken',
    code: 'email_would_do',
    message: 'A verification token for the e-mail address from before the change would do',
  },
  phone: {
    path: '/verificationToken',
    code: 'phone_would_do',
    message: 'A verification token for the phone number from before the change would do',
  },
}

/** Verifies the password. Attempts are counted for each link, so that nobody can use up those of somebody else. */
async function provePassword(
  c: Context<AppEnv>,
  { user, past, told }: WayBack,
  { password, hash }: { password: string; hash: string },
): Promise<void> {
  const { config } = c.var
  const db = c.var.primary()
  const now = Date.now()
  const key = linkKey(user.id, past.id, told)
  requireAttempt('proof_failures', await batchNamed(db, countAttempt(db, key, now)), now)
  const { correct } = await verifyPassword(password, hash, config)
  if (correct) return
  recordFailure(c, { userId: user.id, event: 'proof_failed' })
  throw new AppError('wrong_password')
}

/** Tells the contacts that the account has again, and those that it has lost. */
function tellContacts(c: Context<AppEnv>, { user, past }: WayBack): void {
  const restored = contactsOf(past)
  const lost = contactsOf(user).filter(({ to }) => !restored.some((contact) => contact.to === to))
  notify(c, { to: [...restored, ...lost], purpose: 'changes_undone' })
}
