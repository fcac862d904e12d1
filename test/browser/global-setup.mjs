import { chromium } from 'playwright-core'
import { findChromium } from '../../scripts/chromium.mjs'
import { serve } from '../../scripts/serve.mjs'

/**
 * One server and one Chromium for all tests in a browser; null if there is no Chromium.
 * @param {import('vitest/node').TestProject} project
 */
export default async function setup(project) {
  const options = findChromium()
  if (!options) {
    console.warn('No Chromium is on PATH or named by CHROMIUM_PATH: the tests in a browser are skipped.')
    project.provide('browser', null)
    return
  }
  const [server, browser] = await Promise.all([serve(), chromium.launchServer(options)])
  project.provide('browser', {
    origin: server.origin,
    outboxLink: server.outboxLink,
    endpoint: browser.wsEndpoint(),
  })
  return async () => {
    await Promise.all([browser.close(), server.stop()])
  }
}
