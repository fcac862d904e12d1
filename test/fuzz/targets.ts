import * as fc from 'fast-check'
import { makeOwner } from '../helpers/alice-and-bob'
import { noLimit } from '../helpers/bindings'
import { type Answer, clientOf, type ProblemBody } from '../helpers/client'
import { signUp } from '../helpers/people'
import type { Owner } from '../helpers/requests'
import { forgetSearches } from '../helpers/storage'
import { accessTokenOf } from '../helpers/tokens'
import type { Check } from './answers'
import { type FuzzRequest, requestsOf, type Target } from './requests'

/** A new user takes over after this many requests, if one of them has changed something: it may have used something up. */
const REQUESTS_A_PERSON = 30

/** The time to look for a smaller failing request. A test has 30 s in all. */
const MAX_MS = 20_000

let people = 0

async function newOwner(): Promise<Owner> {
  people++
  return makeOwner(await signUp(`fuzz-${people}`), `+8210${String(30_000_000 + people)}`)
}

const withoutRates = { WRITE_LIMIT: noLimit, BATCH_LIMIT: noLimit }

const send = ({ method, url, headers, body }: FuzzRequest): Promise<Answer<ProblemBody>> =>
  clientOf(withoutRates).request(method, url, { headers, body })

export interface Options {
  numRuns: number
  seed: number
  /** Repeats only this one of the requests. */
  path?: string
  alice: Owner
  bob: Owner
  check: Check
}

/**
 * Sends damaged requests to an operation and checks every answer.
 * @returns how many were sent
 * @throws an error with a request whose answer is wrong, as small as possible, and with the settings that repeat it
 */
export async function fuzz(target: Target, { alice, bob, check, ...parameters }: Options): Promise<number> {
  let owner = alice
  let left = REQUESTS_A_PERSON
  let isUsed = false
  let isSignedOut = false

  const requests = requestsOf(target, { owner: () => owner, other: () => bob })
  const property = fc
    .asyncProperty(requests, async (request) => {
      const answer = await send(request)
      check(request, answer, [accessTokenOf(owner)])
      if (answer.status === 429) await forgetSearches()
      left--
      isUsed ||= answer.status < 300 && target.method !== 'GET'
      isSignedOut = request.isSignedIn && answer.body?.code === 'unauthenticated'
    })
    .beforeEach(async () => {
      if (!isSignedOut && (!isUsed || left > 0)) return
      owner = await newOwner()
      left = REQUESTS_A_PERSON
      isUsed = false
      isSignedOut = false
    })
  const { failed, counterexample, counterexamplePath, seed, errorInstance, numRuns } = await fc.check(property, {
    ...parameters,
    interruptAfterTimeLimit: MAX_MS,
  })
  if (!failed) return numRuns
  const again = JSON.stringify({ seed, path: counterexamplePath })
  const request = counterexample ? describe(counterexample[0]) : '(none)'
  throw new Error(`${request}\n\nAgain: ${again}\n\n${String(errorInstance)}`)
}

/** Does the same in parallel lanes, each with its own seed. All lanes have ended before a failure is reported. */
export async function fuzzInLanes(target: Target, lanes: number, options: Options): Promise<number> {
  const seeds = Array.from({ length: options.path === undefined ? lanes : 1 }, (_, lane) => options.seed + lane)
  const numRuns = Math.ceil(options.numRuns / seeds.length)
  const outcomes = await Promise.allSettled(seeds.map((seed) => fuzz(target, { ...options, seed, numRuns })))
  return outcomes.reduce((sum, outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return sum + outcome.value
  }, 0)
}

const MAX_SHOWN = 600

const cut = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length})` : text)

function describe({ method, url, headers, body }: FuzzRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${cut(value)}`)
  const text = body ? cut(JSON.stringify(new TextDecoder().decode(body))) : '(no body)'
  return [`${method} ${cut(url)}`, ...lines, text].join('\n')
}
