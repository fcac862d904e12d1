import { env } from 'cloudflare:workers'
import { beforeEach, vi } from 'vitest'
import { D1_LIMIT_MS } from '../../src/db/client'
import { KV_LIMIT_MS } from '../../src/kv'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { type Answer, type ProblemBody, settleBackground } from '../helpers/client'
import { logIn } from '../helpers/people'
import { send } from '../helpers/requests'
import { dump } from '../helpers/storage'
import { type Call, type Fault, faultyWorker, KINDS, type Kind, keepLog, type Part, takesEffect } from './inject'
import { type Base, deadCopies, describeState, differences, putBack, readCopies, staleCopies, takeDown } from './state'
import type { Subject } from './table'
import { beginTime } from './time'
import { faultsOfLog, faultsOfRefusal } from './verdict'

/** What D1 counts whatever becomes of an attempt. */
const COUNTERS = ['log_in_throttle']

/** What is told of messages and counted of them after the answer; where that fails, no message is sent or nothing told of it. */
const AFTER_ANSWER = ['activity', 'otp_sends', 'notice_sends', 'sms_days']

/** Calls that no request waits for in vain. */
const NOT_NEEDED: [call: RegExp, why: string][] = [
  [/^KV \w+ session:/, 'KV has copies of sessions; D1 knows them'],
  [/^D1 delete from "log_in_throttle"/, 'A count of wrong passwords that stays is cleared by the next right one'],
]

const isNeeded = ({ what, afterAnswer }: Call): boolean => !afterAnswer && !NOT_NEEDED.some(([call]) => call.test(what))

/** What only reads has no effect that could be lost. Of KV nobody asks whether it has done late what it was given up for. */
const kindsOf = ({ part, what }: Call): readonly Kind[] => {
  if (/^(limit|KV (get|list)|D1 select) /i.test(what)) return KINDS.filter((kind) => !takesEffect(kind))
  return part === 'KV' ? KINDS.filter((kind) => kind !== 'takes effect and hangs') : KINDS
}

/** How long each part may keep a request waiting. */
const PATIENCE_MS: Record<Part, number> = { D1: D1_LIMIT_MS, KV: KV_LIMIT_MS, limit: KV_LIMIT_MS }

const isProblem = ({ status }: Answer<unknown>): boolean => status >= 400

/** Whether an answer is what it is when nothing goes wrong. */
const isSame = (one: Answer<ProblemBody>, other: Answer<ProblemBody>): boolean =>
  one.status === other.status && (!isProblem(other) || one.body?.code === other.body?.code)

interface Start {
  base: Base
  startedAt: number
}

/** `await findFaults(subject)`: what is wrong wherever one call of a request goes wrong, a line for each. */
export function faultCases() {
  const { alice, bob } = aliceAndBob()
  const worker = faultyWorker()
  const log = keepLog()
  let common: Base | undefined

  beforeEach(async () => {
    if (!common) {
      await logIn('alice')
      for (const { session, user } of [alice(), bob()]) {
        await env.KV.put(`session:${session.id}`, JSON.stringify({ session, user }), { expirationTtl: 3600 })
      }
      await settleBackground()
      common = await takeDown()
    }
    await putBack(common, { d1: true, keys: common.kv.keys() })
    worker.forget()
  })

  /** What all cases of a subject start from. */
  async function prepare({ request, prepare }: Subject): Promise<Base> {
    if (!common) throw new Error('Nobody has signed up')
    if (request.prepare || prepare) {
      await request.prepare?.(alice())
      await prepare?.(alice())
      await settleBackground()
    }
    return request.prepare || prepare ? takeDown() : common
  }

  /** D1 and KV as they are now. */
  async function look(base: Base, since: number) {
    const { d1, keys } = worker.written
    const [tables, copies] = await Promise.all([d1 ? dump() : base.tables, readCopies(base, keys)])
    return {
      state: describeState(tables, base, since),
      dead: deadCopies(copies, tables),
      stale: staleCopies(copies, tables),
    }
  }

  /** A request from the beginning. */
  async function begin({ request: valid }: Subject, { base, startedAt }: Start, fault: Fault | null) {
    vi.clearAllTimers()
    vi.setSystemTime(startedAt)
    await putBack(base, worker.written)
    worker.forget()
    const owner = alice()
    const client = worker.client(owner.client)
    const request = () => send(valid, owner, { client })
    const secrets = () => ['__Host-access', '__Secure-refresh'].map((name) => client.cookies.get(name) ?? '')
    const known = secrets()
    log.length = 0
    const ran = await worker.run(request, fault)
    const after = await look(base, startedAt)
    const before = describeState(base.tables, base, startedAt)
    return { ...ran, ...after, log: [...log], base, before, client, request, secrets: [...known, ...secrets()] }
  }

  type Begun = Awaited<ReturnType<typeof begin>>

  /** The request again, without a fault, as soon as a client may think of it. */
  async function retry(
    { again }: Subject,
    clean: Begun,
    { client, request, state, base, startedAt, answeredAfterMs }: Begun,
    except: string[],
  ) {
    const isDone = differences(state, clean.before, except).length > 0
    vi.setSystemTime(startedAt + answeredAfterMs + 1000)
    const { result, startedAt: since, uncaught } = await worker.run(request)
    const then = await look(base, since)
    const wrong = uncaught.map((error) => `then fails after the answer: ${error}`)
    if (!isDone) {
      if (!isSame(result, clean.result)) wrong.push(`is then answered ${result.status} ${result.text}`)
      const other = differences(then.state, clean.state, except)
      if (other.length > 0) wrong.push(`then leaves ${other} as they should not be`)
    } else {
      const expected = again ?? { status: clean.result.status, code: clean.result.body?.code, changes: [] }
      const { status, body } = result
      if (status !== expected.status || (isProblem(result) && body.code !== expected.code)) {
        wrong.push(`is done, and then answered ${status} ${result.text}`)
      }
      const ageless = await look(base, startedAt)
      const other = differences(ageless.state, state, [...COUNTERS, ...(again?.changes ?? [])])
      if (other.length > 0) wrong.push(`is done, and then changes ${other} again`)
      await worker.run(async () => again?.next?.({ client, newClient: () => worker.client() }))
    }
    if (then.dead.length > 0) wrong.push('then leaves a copy of a session that has ended')
    if (then.stale.length > 0) wrong.push('then leaves a copy that shows another user')
    return wrong
  }

  async function judge(subject: Subject, clean: Begun, call: Call, fault: Fault): Promise<string[]> {
    const ran = await begin(subject, clean, fault)
    const { result, calls, state, uncaught, dead, stale, answeredAfterMs } = ran
    const isNormal = isSame(result, clean.result)
    const wrong = faultsOfLog(ran.log, result, ran.secrets)
    const hit = calls.filter(({ part }) => part === fault.part)[fault.index]
    if (hit?.what !== call.what) wrong.push(`has been ${hit?.what}`)
    if (isNormal === isNeeded(call)) wrong.push(`is answered ${result.status} ${result.text}`)
    if (answeredAfterMs > PATIENCE_MS[fault.part]) wrong.push(`is answered after ${answeredAfterMs} ms`)
    if (dead.length > 0) wrong.push('leaves a copy of a session that has ended')
    wrong.push(...uncaught.map((error) => `fails after the answer: ${error}`))
    if (isNormal) {
      const except = call.afterAnswer ? [...COUNTERS, ...AFTER_ANSWER] : COUNTERS
      const other = differences(state, clean.state, except)
      if (other.length > 0) wrong.push(`succeeds without its effect on ${other}`)
      if (stale.length > 0) wrong.push('leaves a copy that shows another user')
      return wrong
    }
    wrong.push(...faultsOfRefusal(result))
    const except = [...COUNTERS, ...Object.keys(subject.leaves ?? {})]
    const [changed, missing] = [differences(state, clean.before, except), differences(state, clean.state, except)]
    if (changed.length > 0 && !takesEffect(fault.kind)) wrong.push(`fails and changes ${changed}`)
    if (changed.length > 0 && missing.length > 0) wrong.push(`does half of it: ${changed}, but not ${missing}`)
    return [...wrong, ...(await retry(subject, clean, ran, except))]
  }

  return async function findFaults(subject: Subject): Promise<string[]> {
    const base = await prepare(subject)
    const startedAt = Date.now()
    beginTime(startedAt)
    const clean = await begin(subject, { base, startedAt }, null)
    const found: string[] = []
    const counts: Record<Part, number> = { D1: 0, KV: 0, limit: 0 }
    for (const call of clean.calls) {
      const index = counts[call.part]++
      for (const kind of kindsOf(call)) {
        const wrong = await judge(subject, clean, call, { part: call.part, index, kind })
        found.push(...wrong.map((words) => `${call.what} (${call.part} ${index}) ${kind}: ${words}`))
      }
    }
    return found
  }
}
