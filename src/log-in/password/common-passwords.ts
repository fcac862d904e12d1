import { AppError } from '../../errors'
import { within } from '../../lib/deadline'
import { SECOND_MS } from '../../lib/time'

/*
 * The 10,000 most common passwords of at least 8 characters, from @zxcvbn-ts/language-common. They are a static asset beside the
 * Worker, because they would make it a seventh larger. An isolate reads them once, when somebody first sets a password.
 */

const LIST = 'https://assets.local/common-passwords.txt'

/** The list is near the Worker. If it takes longer than this, the client gets 503. */
export const LIST_LIMIT_MS = 3 * SECOND_MS

/**
 * The lists that were read to their end. Promises of reads are not kept here. A promise belongs to one request: if the client
 * of that request hangs up, everybody else would wait for ever.
 */
const lists = new WeakMap<Fetcher, Set<string>>()

async function read(assets: Fetcher, signal: AbortSignal): Promise<Set<string>> {
  const answer = await assets.fetch(LIST, { signal })
  if (!answer.ok) throw new Error(`The list of common passwords answered ${answer.status}`)
  return new Set((await answer.text()).split('\n'))
}

async function findList(assets: Fetcher): Promise<Set<string>> {
  const known = lists.get(assets)
  if (known) return known
  const controller = new AbortController()
  try {
    const list = await within(LIST_LIMIT_MS, read(assets, controller.signal), () => controller.abort())
    lists.set(assets, list)
    return list
  } catch (cause) {
    throw new AppError('unavailable', { cause })
  }
}

/**
 * Whether a password is on the list in any letter case (ASVS 6.2.4).
 * @throws {AppError} `unavailable` when the list cannot be read within 3 s
 */
export const isCommonPassword = async (assets: Fetcher, password: string): Promise<boolean> =>
  (await findList(assets)).has(password.toLowerCase())
