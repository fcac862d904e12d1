// Edits wrangler.toml as a person would: one line of [vars] or [env.NAME.vars], and nothing else.

import { readFileSync, writeFileSync } from 'node:fs'

/** @param {string | undefined} environment */
export const tableOfSettings = (environment) => (environment === undefined ? '[vars]' : `[env.${environment}.vars]`)

/**
 * @param {string} toml
 * @param {{ environment: string | undefined, name: string, value: string }} setting
 * @returns {string} the text with the setting in it
 * @throws {Error} if the table is not there
 */
export function withSetting(toml, { environment, name, value }) {
  const lines = toml.split('\n')
  const table = tableOfSettings(environment)
  const start = lines.findIndex((line) => line.trim() === table)
  if (start === -1) throw new Error(`wrangler.toml has no ${table}`)
  const next = lines.findIndex((line, index) => index > start && /^\s*\[/.test(line))
  const end = next === -1 ? lines.length : next
  const own = lines.findIndex(
    (line, index) => index > start && index < end && new RegExp(`^\\s*${name}\\s*=`).test(line),
  )
  // A JSON string is a TOML string too.
  const line = `${name} = ${JSON.stringify(value)}`
  if (own === -1) lines.splice(start + 1, 0, line)
  else lines[own] = line
  return lines.join('\n')
}

/** @param {string} file @param {Parameters<typeof withSetting>[1]} setting */
export function writeSetting(file, setting) {
  writeFileSync(file, withSetting(readFileSync(file, 'utf8'), setting))
}
