/** `within` throws this when the time is over. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
}

/**
 * The result of a task, if it comes within `limitMs`. The task itself goes on after that, and may still have its effect, unless
 * `onLate` stops it.
 * @throws {DeadlineError}
 */
export async function within<Result>(limitMs: number, task: Promise<Result>, onLate = () => {}): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new DeadlineError(`Took longer than ${limitMs} ms`))
    onLate()
  }, limitMs)
  try {
    return await Promise.race([task, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
