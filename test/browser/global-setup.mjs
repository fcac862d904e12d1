import { chromium } from 'playwright-core'
import { findChromium } from '../../scripts/chromium.mjs'
import { beginToServe } from '../../scripts/serve.mjs'

/**
 * One server and one Chromium for all tests in a browser; null if there is no Chromium. The tests of the Worker begin while the
 * server still starts.
 * @param {import('vitest/node').TestProject} project
 */
export default async function setup(project) {
  const options = findChromium()
  if (!options) {
    console.warn('No Chromium is on PATH or named by CHROMIUM_PATH: the tests in a browser are skipped.')
    project.provide('browser', null)
    return
  }
  const [server, browser] = await Promise.all([beginToServe(), chromium.launchServer(options)])
  let isOver = false
  server.ready.catch((error) => isOver || console.error(error))
  project.provide('browser', {
    origin: server.origin,
    outboxLink: server.outboxLink,
    endpoint: browser.wsEndpoint(),
  })
  return async () => {
    isOver = true
    await Promise.all([browser.close(), server.stop()])
  }
}
