/** What `within` throws where the time is over. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
}

/**
 * What a task comes to, if it does so within `limitMs`. The task itself cannot be stopped and may still have its effect.
 * @throws {DeadlineError}
 */
export async function within<Result>(limitMs: number, task: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new DeadlineError(`Took longer than ${limitMs} ms`)), limitMs)
  try {
    return await Promise.race([task, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
