import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stop } from '../deploy/stop.mjs'
import { WranglerFailed } from '../deploy/wrangler.mjs'
import { askWorker } from '../doctor/ask-worker.mjs'

const PAUSE_MS = 2000
const TRIES = 60
/** The settings reach one place after another, so one answer is not enough. */
const IN_A_ROW = 3

/**
 * Changes secrets in one request, so that no version has one of them without the other.
 * @param {import('./rotate.mjs').Rotation} d
 * @param {Record<string, string | null>} secrets null removes one
 */
export async function setSecrets(d, secrets) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-secrets-')) // only its owner gets into it
  try {
    const file = join(folder, 'secrets.json')
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
    await d.wrangler(['secret', 'bulk', file, '--name', d.environment.worker])
  } catch (error) {
    if (!(error instanceof WranglerFailed)) throw error
    const whatToDo = 'Run the same command again. If a deploy is under way, finish it or go back first.'
    throw new Stop(error.message, whatToDo)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** How the deployment names its secrets. @param {import('./rotate.mjs').Rotation} d */
export const namesNow = async (d) => d.kind.namesIn(await askWorker(d, { all: false }))

/**
 * Waits until the deployment has these secrets.
 * @param {import('./rotate.mjs').Rotation} d
 * @param {{ current: string, previous: string | null }} wanted their names
 */
export async function waitForNames(d, wanted) {
  let right = 0
  for (let left = TRIES; left > 0; left--) {
    const { current, previous } = await namesNow(d)
    right = current === wanted.current && previous === wanted.previous ? right + 1 : 0
    if (right === IN_A_ROW) return
    await d.wait(PAUSE_MS)
  }
  throw new Stop(
    'The deployment does not have its new secrets yet.',
    'Run the same command again: it goes on where it stopped.',
  )
}

/** Gives the settings time to reach every isolate: those that have the old ones must accept what the others sign. */
export async function spread(d) {
  const seconds = Number(d.options.wait)
  d.terminal.say(`  Waiting ${seconds} s, until all isolates have it …`)
  await d.wait(seconds * 1000)
}
