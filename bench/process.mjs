// What a process uses, as Linux says in /proc. Elsewhere there is no CPU and no memory in the results.

import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import process from 'node:process'

/** @param {string} path @returns {string | null} */
function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** @param {string} path */
function list(path) {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** @param {number} pid @returns {number[]} */
export const childrenOf = (pid) =>
  list(`/proc/${pid}/task`).flatMap((task) =>
    (read(`/proc/${pid}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  )

/**
 * The CPU of a process so far in µs, of all its threads, in the kernel too. `schedstat` counts in ns, and `stat` in ticks of 10 ms.
 * @param {number} pid
 * @returns {number | null}
 */
export function cpuOf(pid) {
  let ns = 0
  for (const task of list(`/proc/${pid}/task`)) {
    const [running] = (read(`/proc/${pid}/task/${task}/schedstat`) ?? '').split(' ')
    ns += Number(running)
  }
  if (ns > 0) return ns / 1000
  const fields = read(`/proc/${pid}/stat`)?.split(') ')[1]?.split(' ')
  return fields ? (Number(fields[11]) + Number(fields[12])) * 10_000 : null
}

/** The memory of a process in MB (RSS). @param {number} pid @returns {number | null} */
export function memoryOf(pid) {
  const kb = /VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? '')?.[1]
  return kb === undefined ? null : Number(kb) / 1024
}

/** The CPU that everything on this computer has used so far, in µs. */
function busy() {
  const [, user, nice, system, , , irq, softirq, steal] = (read('/proc/stat') ?? '').split('\n')[0]?.split(/\s+/) ?? []
  return [user, nice, system, irq, softirq, steal].reduce((sum, ticks) => sum + Number(ticks ?? 0) * 10_000, 0)
}

/** What this process and its children have used so far, in µs. */
const own = () => [process.pid, ...childrenOf(process.pid)].reduce((sum, pid) => sum + (cpuOf(pid) ?? 0), 0)

/** Begins to watch, and gives a function that says which share of this computer's CPU others have used since. */
export function watchOthers() {
  const start = { busy: busy(), own: own(), at: performance.now() }
  return () => {
    const all = (performance.now() - start.at) * 1000 * availableParallelism()
    return Math.max(0, (busy() - start.busy - (own() - start.own)) / all)
  }
}
