import { AppError } from '../../errors'

/*
 * The 10,000 most common passwords of at least 8 characters, from @zxcvbn-ts/language-common. They are a static asset beside the
 * Worker, because they would make it a seventh larger. An isolate reads them once, when somebody first sets a password.
 */

const LIST = 'https://assets.local/common-passwords.txt'

const lists = new WeakMap<Fetcher, Promise<Set<string>>>()

async function load(assets: Fetcher): Promise<Set<string>> {
  const answer = await assets.fetch(LIST)
  if (!answer.ok) throw new AppError('unavailable')
  return new Set((await answer.text()).split('\n'))
}

/**
 * Whether a password is on the list in any letter case (ASVS 6.2.4).
 * @throws {AppError} `unavailable` when the list cannot be read
 */
export async function isCommonPassword(assets: Fetcher, password: string): Promise<boolean> {
  const list = lists.get(assets) ?? load(assets)
  lists.set(assets, list)
  try {
    return (await list).has(password.toLowerCase())
  } catch (cause) {
    lists.delete(assets)
    throw new AppError('unavailable', { cause })
  }
}
