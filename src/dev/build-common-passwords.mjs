// Builds src/auth/common-passwords.bin: the 10,000 most common passwords of at least 8 code points, for the blocklist.
//
// The format: the passwords, NFC and lower case, in order of their UTF-16 code units, one a line, every line ended by
// \n, in UTF-8, compressed as raw DEFLATE (RFC 1951; DecompressionStream('deflate-raw') in the Worker). Lines are
// front-coded: a line is one base-36 digit that says how many leading code units are those of the password before it
// (at most 35), and then the rest.
//
//     0password
//     8123          is password123
//     94            is password14

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'
import { dictionary } from '@zxcvbn-ts/language-common'

const OUTPUT = fileURLToPath(new URL('../auth/common-passwords.bin', import.meta.url))
const COUNT = 10_000
const MIN_CODE_POINTS = 8

/** Writes the file, unless it is there as it should be: `wrangler dev` watches it and would start over. */
export function buildCommonPasswords() {
  const common = new Set()
  for (const ranked of dictionary['passwords-common']) {
    const password = ranked.normalize('NFC').toLowerCase()
    if ([...password].length >= MIN_CODE_POINTS) common.add(password)
    if (common.size === COUNT) break
  }
  if (common.size < COUNT) throw new Error(`only ${common.size} passwords of at least ${MIN_CODE_POINTS} characters`)

  let previous = ''
  let lines = ''
  for (const password of [...common].sort()) {
    const shared = sharedPrefixLength(previous, password)
    lines += `${shared.toString(36)}${password.slice(shared)}\n`
    previous = password
  }
  const content = deflateRawSync(lines, { level: 9 })
  if (!content.equals(readIfThere(OUTPUT))) writeFileSync(OUTPUT, content)
}

/** @param {string} a @param {string} b @returns {number} at most 35, what one base-36 digit can say */
function sharedPrefixLength(a, b) {
  let length = 0
  while (length < 35 && length < a.length && a[length] === b[length]) length += 1
  return length
}

/** @param {string} path @returns {Buffer} empty when there is no such file */
function readIfThere(path) {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}
