import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { readConfig } from '../../src/config'
import { openDb } from '../../src/db/client'
import { AppError } from '../../src/errors'
import { openKv } from '../../src/kv'
import { CODE_LIFE_MS } from '../../src/log-in/code/guess-limits'
import { issueCode } from '../../src/log-in/code/issue-code'
import { wrongCode } from '../helpers/codes'
import { NEW_DEVICE } from '../helpers/devices'
import { STALE_MS } from '../helpers/stale-kv'
import { workerKeys } from '../helpers/tokens'
import { type Action, isRefused, mostlyNewest, nthNewest, type Plan, waitForFactor } from './actions'
import {
  beginSession,
  EMAILS,
  findUser,
  guardKey,
  guessCode,
  isOutOfGuesses,
  isReserved,
  maySend,
  newUser,
  type Purpose,
  recordSend,
  stampOf,
} from './model'
import { type AnyAnswer, claimsOf, type Place, type SentCode } from './world'

/*
 * Actions about codes: they are asked for, guessed, and used again.
 */

const answerWith = (status: number, body: AnyAnswer['body']): AnyAnswer => ({
  status,
  body,
  headers: new Headers(),
  text: '',
})

const askFor = (...purposes: Purpose[]): fc.Arbitrary<Plan> =>
  fc
    .record({ purpose: fc.constantFrom(...purposes), to: fc.constantFrom(EMAILS[0], ...EMAILS) })
    .map(({ purpose, to }) => (world, place) => ({
      text: `${to} asks for a code, ${purpose}`,
      send: async ({ bindings }) => {
        const [db, kv, keys] = [openDb(bindings.DB, 'first-primary'), bindings.KV, await workerKeys()]
        const asked = {
          purpose,
          contact: { channel: 'email', to },
          prefix: null,
          address: null,
          device: NEW_DEVICE,
        } as const
        try {
          const now = Date.now()
          const { challengeId, code } = await issueCode(
            { db, kv: openKv(kv), keys, config: readConfig(env) },
            { ...asked, now },
          )
          const name = `code ${world.codes.length + 1}`
          world.codes.push({ name, challengeId, code, purpose, to, place, sentAt: now })
          return answerWith(202, { challengeId })
        } catch (error) {
          if (error instanceof AppError) return answerWith(429, { code: error.code })
          throw error
        }
      },
      allow: (model, { status, body }) => {
        if (!maySend(model, purpose, to)) return body?.code === 'too_many_codes'
        recordSend(model, purpose, to, body?.challengeId ?? '')
        return status === 202
      },
    }))

/** Whether KV shows the challenge at a location. Challenges from other locations appear a minute late. */
const isVisible = ({ place, sentAt }: SentCode, at: Place): boolean => place === at || Date.now() >= sentAt + STALE_MS

const guessAt = (sent: SentCode, at: Place, { isRight, by }: { isRight: boolean; by: 'verify' | 'log-in' }): Action => {
  const { name, challengeId, purpose, to } = sent
  const opens = isRight && (purpose === 'log_in') === (by === 'log-in')
  const code = isRight ? sent.code : wrongCode(sent.code)
  return {
    text: `${to} guesses ${name} ${isRight ? 'right' : 'wrong'} for ${by}`,
    send: ({ client }) =>
      by === 'verify'
        ? client.post('/auth/otp/verify', { challengeId, code })
        : client.post('/auth/otp/log-in', { challengeId, code, tokens: 'body' }),
    allow: (model, answer) => {
      const guard = model.guards.get(guardKey(purpose, to))
      const isTooMany = isVisible(sent, at) && isOutOfGuesses(guard)
      if (isTooMany) return isRefused(answer, 'too_many_attempts')
      // The code is not spent on an account that cannot be made.
      const isInVain = by === 'log-in' && opens && !findUser(model, to) && isReserved(model, to)
      const counted = isInVain && guard ? { ...guard } : guard
      if (
        !isVisible(sent, at) ||
        !guessCode(model, counted, { challengeId, stamp: stampOf(model, to), isRight: opens })
      ) {
        const isUsedUp =
          isVisible(sent, at) && Date.now() < sent.sentAt + CODE_LIFE_MS && model.usedUpCodes.has(challengeId)
        return isRefused(answer, isUsedUp ? 'code_attempts_exceeded' : 'invalid_code')
      }
      if (isInVain) return isRefused(answer, 'identifier_reserved')
      if (by === 'verify') {
        const { verificationToken } = answer.body ?? {}
        if (verificationToken === undefined) return false
        model.tokenStamps.set(claimsOf(verificationToken)['jti'] ?? '', stampOf(model, to))
        return answer.status === 200
      }
      const [userId] = findUser(model, to) ?? []
      const isWaiting = waitForFactor(model, answer, { userId, proof: { by: 'email', since: Date.now() } })
      if (isWaiting !== undefined) return isWaiting
      const { user, session } = answer.body ?? {}
      if (!user || !session) return false
      if (userId === undefined) model.users.set(user.id, newUser({ email: to }))
      beginSession(model, session.id, { userId: user.id, proof: { by: 'email', since: Date.now() } })
      return userId === undefined ? answer.status === 201 : answer.status === 200 && user.id === userId
    },
  }
}

/** Guesses, of which one in `oneIn` is right. One in 20 is sent to the route for codes of another purpose. */
const guesses = (oneIn: number): fc.Arbitrary<Plan> =>
  fc
    .record({ n: mostlyNewest, chance: fc.nat({ max: oneIn - 1 }), crossing: fc.nat({ max: 19 }) })
    .map(({ n, chance, crossing }) => (world, place) => {
      const sent = nthNewest(world.codes, n)
      const by = (sent?.purpose === 'log_in') === crossing < 19 ? 'log-in' : 'verify'
      return sent ? guessAt(sent, place, { isRight: chance === 0, by }) : null
    })

export const codeActions = (purposes: readonly Purpose[], oneIn = 2): fc.WeightedArbitrary<Plan>[] => [
  { weight: 2, arbitrary: askFor(...purposes) },
  { weight: 4, arbitrary: guesses(oneIn) },
]
