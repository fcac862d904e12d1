import { lstatSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { Stop } from './stop.mjs'

/** @param {string} file @param {string} root @returns {string} where it really is */
export function outsideOf(file, root) {
  const path = resolve(file.replace(/^~(?=\/)/, homedir()))
  const folder = statSync(dirname(path), { throwIfNoEntry: false })
  if (!folder?.isDirectory()) throw new Stop(`There is no folder ${dirname(path)}.`)
  const real = realpathSync(dirname(path))
  const way = relative(realpathSync(root), real)
  if (!way.startsWith('..')) throw new Stop(`${file} is inside the repository, where it would be committed one day.`)
  return path
}

/**
 * Secrets as NAME=VALUE lines, for their owner alone.
 * @param {string} file @param {Record<string, string>} secrets @param {string} root of the repository
 * @throws {Stop} if it is in the repository, or there already
 */
export function writeSecretsFile(file, secrets, root) {
  const path = outsideOf(file, root)
  if (lstatSync(path, { throwIfNoEntry: false })) throw new Stop(`${file} is there already, and is not overwritten.`)
  const lines = Object.entries(secrets).map(([name, value]) => `${name}="${value}"\n`)
  writeFileSync(path, lines.join(''), { flag: 'wx', mode: 0o600 })
}

/** @param {string} file @param {string} root @returns {Record<string, string>} */
export function readSecretsFile(file, root) {
  const path = outsideOf(file, root)
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new Stop(`There is no file ${file}.`)
  if (process.platform !== 'win32' && found.mode & 0o077) {
    throw new Stop(`Others can read ${file}.`, `Run: chmod 600 ${file}`)
  }
  return parseEnv(readFileSync(path, 'utf8'))
}

/**
 * Lets wrangler read secrets from a file that is gone afterwards.
 * @template T @param {Record<string, string>} secrets @param {(flags: string[]) => Promise<T>} use
 */
export async function withSecretsFile(secrets, use) {
  if (Object.keys(secrets).length === 0) return use([])
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-secrets-')) // only its owner gets into it
  try {
    const file = join(folder, 'secrets.json')
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
    return await use(['--secrets-file', file])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
