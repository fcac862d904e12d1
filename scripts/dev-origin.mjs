import { parseArgs } from 'node:util'

/**
 * Where browsers find the Worker that `npm run dev` serves.
 * @param {number} port
 * @param {string[]} flags
 */
export function originOf(port, flags) {
  const { 'local-protocol': protocol } = parseArgs({
    args: flags,
    options: { 'local-protocol': { type: 'string' } },
    strict: false,
    allowPositionals: true,
  }).values
  return `${protocol === 'https' ? 'https' : 'http'}://localhost:${port}`
}
