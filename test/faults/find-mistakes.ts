import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, inject, vi } from 'vitest'
import { D1_LIMIT_MS } from '../../src/db/client'
import { KV_LIMIT_MS } from '../../src/kv'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { settleBackground } from '../helpers/client'
import { logIn } from '../helpers/people'
import { send } from '../helpers/requests'
import { dump } from '../helpers/storage'
import { type Call, type Fault, faultyWorker, KINDS, type Kind, keepLog, type Part, takesEffect } from './inject'
import {
  copiesOfEndedSessions,
  describeState,
  differingTables,
  outdatedCopies,
  readCopies,
  restoreSnapshot,
  type Snapshot,
  takeSnapshot,
} from './state'
import type { Again, Subject } from './table'
import { beginTime, trackCall } from './time'
import { isProblem, isSameAnswer, mistakesInLog, mistakesInRefusal } from './verdict'

/** D1 counts attempts here, whatever becomes of them. */
const COUNTERS = ['log_in_throttle']

/** Messages are counted and recorded here after the answer. If that fails, no message is sent, or it is not recorded. */
const AFTER_ANSWER = ['activity', 'hour_counts', 'notice_sends', 'message_days']

/** A request succeeds although one of these calls goes wrong. */
const NOT_NEEDED: [call: RegExp, why: string][] = [
  [/^KV \w+ session:/, 'KV has copies of sessions; D1 has the sessions'],
  [/^D1 delete from "log_in_throttle"/, 'The next right password clears the count'],
]

const isNeeded = ({ what, afterAnswer }: Call): boolean => !afterAnswer && !NOT_NEEDED.some(([call]) => call.test(what))

/** A call that only reads has no effect that could be lost. A late effect of a KV call is not tested. */
const kindsOf = ({ part, what }: Call): readonly Kind[] => {
  if (/^(limit|KV (get|list)|D1 select) /i.test(what)) return KINDS.filter((kind) => !takesEffect(kind))
  return part === 'KV' ? KINDS.filter((kind) => kind !== 'takes effect and hangs') : KINDS
}

/**
 * The kinds of faults that a call is tried with. `npm test` tries one of them, each call another one; CI tries all.
 */
function triedKinds(call: Call, index: number): readonly Kind[] {
  const kinds = kindsOf(call)
  if (inject('isThorough')) return kinds
  return kinds.slice(index % kinds.length).slice(0, 1)
}

/** How long each part may keep a request waiting. */
const DEADLINE_MS: Record<Part, number> = { D1: D1_LIMIT_MS, KV: KV_LIMIT_MS, limit: KV_LIMIT_MS }

type Attempt = Awaited<ReturnType<MistakeFinder['attempt']>>

/** Tries an operation without a fault, and then with each possible fault. */
class MistakeFinder {
  private common: Snapshot | undefined

  constructor(
    private readonly people: ReturnType<typeof aliceAndBob>,
    private readonly worker: ReturnType<typeof faultyWorker>,
    private readonly log: string[],
  ) {}

  /** Sets D1 and KV to what all subjects start from. */
  async reset(): Promise<void> {
    if (!this.common) {
      await logIn('alice')
      for (const { session, user } of [this.people.alice(), this.people.bob()]) {
        await env.KV.put(`session:${session.id}`, JSON.stringify({ session, user }), { expirationTtl: 3600 })
      }
      await settleBackground()
      this.common = await takeSnapshot()
    }
    await restoreSnapshot(this.common, { d1: true, keys: this.common.kv.keys() })
    this.worker.forgetWrites()
  }

  /** What is wrong when one call of a request goes wrong, for each call and each kind of fault: a line for each mistake. */
  async findMistakes(subject: Subject): Promise<string[]> {
    const snapshot = await this.prepare(subject)
    const startedAt = Date.now()
    beginTime(startedAt)
    const clean = await this.attempt(subject, { snapshot, startedAt }, null)
    const found = clean.result.status >= 500 ? [`fails without a fault: ${clean.result.text}`] : []
    const counts: Record<Part, number> = { D1: 0, KV: 0, limit: 0 }
    for (const call of clean.calls) {
      const index = counts[call.part]++
      for (const kind of triedKinds(call, index)) {
        const mistakes = await this.judge(subject, clean, call, { part: call.part, index, kind })
        found.push(...mistakes.map((words) => `${call.what} (${call.part} ${index}) ${kind}: ${words}`))
      }
    }
    return found
  }

  /** Prepares what the attempts of a subject start from. */
  private async prepare({ request, prepare }: Subject): Promise<Snapshot> {
    if (!this.common) throw new Error('Nobody has signed up')
    if (request.prepare || prepare) {
      await request.prepare?.(this.people.alice())
      await prepare?.(this.people.alice())
      await settleBackground()
    }
    return request.prepare || prepare ? takeSnapshot() : this.common
  }

  /** D1 and KV as they are now. */
  private async look(snapshot: Snapshot, since: number) {
    const { d1, keys } = this.worker.written
    const [tables, copies] = await Promise.all([d1 ? dump() : snapshot.tables, readCopies(snapshot, keys)])
    return {
      state: describeState(tables, snapshot, since),
      ended: copiesOfEndedSessions(copies, tables),
      outdated: outdatedCopies(copies, tables),
    }
  }

  /** Sends the request, starting from the snapshot, while one call goes wrong. */
  async attempt(
    { request: valid }: Subject,
    { snapshot, startedAt }: { snapshot: Snapshot; startedAt: number },
    fault: Fault | null,
  ) {
    vi.clearAllTimers()
    vi.setSystemTime(startedAt)
    await restoreSnapshot(snapshot, this.worker.written)
    this.worker.forgetWrites()
    const owner = this.people.alice()
    const client = this.worker.client(owner.client)
    const request = () => send(valid, owner, { client })
    const tokens = () => ['__Host-access', '__Secure-refresh'].map((name) => client.cookies.get(name) ?? '')
    const tokensBefore = tokens()
    this.log.length = 0
    const ran = await this.worker.run(request, fault)
    const after = await this.look(snapshot, startedAt)
    const before = describeState(snapshot.tables, snapshot, startedAt)
    const secrets = [...tokensBefore, ...tokens()]
    return { ...ran, ...after, log: [...this.log], snapshot, before, client, request, secrets }
  }

  /** What is wrong with an attempt, compared with the clean attempt. */
  private async judge(subject: Subject, clean: Attempt, call: Call, fault: Fault): Promise<string[]> {
    const ran = await this.attempt(subject, clean, fault)
    const { result, calls, state, uncaught, ended, outdated, answeredAfterMs } = ran
    const isNormal = isSameAnswer(result, clean.result)
    const mistakes = mistakesInLog(ran.log, result, ran.secrets)
    const hit = calls.filter(({ part }) => part === fault.part)[fault.index]
    if (hit?.what !== call.what) mistakes.push(`hit another call: ${hit?.what}`)
    if (isNormal === isNeeded(call)) mistakes.push(`is answered ${result.status} ${result.text}`)
    if (answeredAfterMs > DEADLINE_MS[fault.part]) mistakes.push(`is answered after ${answeredAfterMs} ms`)
    if (ended.length > 0) mistakes.push('leaves a copy of a session that has ended')
    mistakes.push(...uncaught.map((error) => `fails after the answer: ${error}`))
    if (isNormal) {
      const except = call.afterAnswer ? [...COUNTERS, ...AFTER_ANSWER] : COUNTERS
      const other = differingTables(state, clean.state, except)
      if (other.length > 0) mistakes.push(`succeeds without its effect on ${other}`)
      if (outdated.length > 0) mistakes.push('leaves a copy that shows another user')
      return mistakes
    }
    mistakes.push(...mistakesInRefusal(result))
    const except = [...COUNTERS, ...Object.keys(subject.leaves ?? {})]
    const changed = differingTables(state, clean.before, except)
    const missing = differingTables(state, clean.state, except)
    if (changed.length > 0 && !takesEffect(fault.kind)) mistakes.push(`fails and changes ${changed}`)
    if (changed.length > 0 && missing.length > 0) mistakes.push(`does half of it: ${changed}, but not ${missing}`)
    return [...mistakes, ...(await this.judgeRetry(subject, clean, ran, except))]
  }

  /** Sends the request again a second later, without a fault. Answers with what is wrong with that. */
  private async judgeRetry(
    { again, isOver }: Subject,
    clean: Attempt,
    ran: Attempt,
    except: string[],
  ): Promise<string[]> {
    const { client, request, state, snapshot, startedAt, answeredAfterMs } = ran
    const isDone = differingTables(state, clean.before, except).length > 0
    vi.setSystemTime(startedAt + answeredAfterMs + 1000)
    const { result, startedAt: since, uncaught } = await this.worker.run(request)
    const after = await this.look(snapshot, since)
    const mistakes = uncaught.map((error) => `then fails after the answer: ${error}`)
    const next = async ({ next }: Again) => next?.({ client, newClient: () => this.worker.client() })
    if (!isDone && isOver && result.status === isOver.status && result.body.code === isOver.code) {
      const other = differingTables(after.state, clean.before, except)
      if (other.length > 0) mistakes.push(`is over, and then changes ${other}`)
      await this.worker.run(() => next(isOver))
    } else if (!isDone) {
      if (!isSameAnswer(result, clean.result)) mistakes.push(`is then answered ${result.status} ${result.text}`)
      const other = differingTables(after.state, clean.state, except)
      if (other.length > 0) mistakes.push(`then leaves ${other} as they should not be`)
    } else {
      const expected = again ?? { status: clean.result.status, code: clean.result.body?.code, changes: [] }
      const { status, body } = result
      if (status !== expected.status || (isProblem(result) && body.code !== expected.code)) {
        mistakes.push(`is done, and then answered ${status} ${result.text}`)
      }
      // With times from the first attempt on, an unchanged row is described by the same line.
      const sinceStart = await this.look(snapshot, startedAt)
      const other = differingTables(sinceStart.state, state, [...COUNTERS, ...(again?.changes ?? [])])
      if (other.length > 0) mistakes.push(`is done, and then changes ${other} again`)
      if (again) await this.worker.run(() => next(again))
    }
    if (after.ended.length > 0) mistakes.push('then leaves a copy of a session that has ended')
    if (after.outdated.length > 0) mistakes.push('then leaves a copy that shows another user')
    return mistakes
  }
}

/** `const findMistakes = mistakeFinder()`, once for a suite. */
export function mistakeFinder(): (subject: Subject) => Promise<string[]> {
  const finder = new MistakeFinder(aliceAndBob(), faultyWorker(), keepLog())
  const { fetch } = globalThis
  // The clock must not run while a provider answers.
  const waiting = vi.spyOn(globalThis, 'fetch').mockImplementation((...request) => trackCall(fetch(...request)))
  afterAll(() => waiting.mockRestore())
  beforeEach(() => finder.reset())
  return (subject) => finder.findMistakes(subject)
}
