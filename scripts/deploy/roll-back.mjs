import { done } from './say.mjs'
import { waitForVersion } from './steps/health.mjs'
import { findRunning } from './steps/look-around.mjs'
import { Stop } from './stop.mjs'
import { confirm } from './terminal.mjs'

/**
 * Gives all traffic to the version that had it before. The database stays as it is: migrations only add, so that version works with it.
 * @param {import('./deploy.mjs').Deploy} d
 */
export async function rollBack(d) {
  const { name, worker } = d.environment
  const running = await findRunning(d)
  const before = running && (await findBefore(d, running.id))
  if (before === undefined) throw new Stop(`${name} has no version before this one.`)
  if (d.options['dry-run']) return d.terminal.say(`Would go back to ${before}. Nothing was changed.`)
  if (d.canAsk && !(await confirm(d.terminal, `Go back from ${running.id} to ${before}?`))) {
    throw new Stop('Nothing was changed.')
  }
  await d.wrangler(['rollback', before, '--name', worker, '--yes', '--message', 'npm run deploy -- --roll-back'])
  done(d, 'Traffic', `all of it goes to ${before}`)
  const origin = running.settings.PUBLIC_ORIGIN
  if (origin) await waitForVersion(d, { version: before, origin, minutes: 1 })
}

async function findBefore({ api, account, environment: { worker } }, running) {
  const { deployments } = await api.get(`${account}/workers/scripts/${worker}/deployments`)
  const whole = deployments
    .filter(({ versions }) => versions.length === 1)
    .map(({ versions }) => versions[0].version_id)
  return whole.find((id) => id !== running)
}
