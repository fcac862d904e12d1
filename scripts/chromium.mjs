import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'

/** The headless shell comes first: it is the same browser without windows, and the tests take two thirds of the time in it. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']

/** The launch options for a Chromium of this computer: CHROMIUM_PATH, else one on PATH. Undefined if there is none. */
export function findChromium() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  const executablePath = process.env.CHROMIUM_PATH || candidates.find(isExecutable)
  // A container cannot run its sandbox. It only opens pages of this project.
  return executablePath && { executablePath, args: ['--no-sandbox'] }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
