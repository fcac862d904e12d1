// What a process uses, as Linux says in /proc. Elsewhere there is no CPU and no memory in the results.

import { readdirSync, readFileSync } from 'node:fs'

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
