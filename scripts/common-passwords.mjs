import { dictionary } from '@zxcvbn-ts/language-common'

const COUNT = 10_000
const MIN_CODE_POINTS = 8

/** The file that src/log-in/password/common-passwords.ts reads: the 10,000 most common passwords of at least 8 code points, in NFC and lower case, one per line. */
export function commonPasswords() {
  const common = new Set()
  for (const ranked of dictionary['passwords-common']) {
    const password = ranked.normalize('NFC').toLowerCase()
    if ([...password].length >= MIN_CODE_POINTS) common.add(password)
    if (common.size === COUNT) return [...common].join('\n')
  }
  throw new Error(`The dictionary has only ${common.size} passwords of at least ${MIN_CODE_POINTS} characters`)
}
