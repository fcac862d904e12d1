import { spawnSync } from 'node:child_process'
import { deployFile, hasRoutes, writeJson } from '../environment.mjs'
import { done } from '../say.mjs'
import { withSecretsFile } from '../secrets-file.mjs'
import { Stop } from '../stop.mjs'
import { waitForVersion } from './health.mjs'
import { isFirst } from './look-around.mjs'
import { deployTriggers, isReachable } from './triggers.mjs'

/** Puts the code online. @param {import('../deploy.mjs').Deploy} d */
export async function deployCode(d) {
  const origin = d.environment.config.vars.PUBLIC_ORIGIN
  const version = isFirst(d) ? await deployFirst(d, origin) : await deployNext(d)
  d.terminal.say(`\nLatchkey ${version.slice(0, 8)} answers at ${origin}`)
}

/** There is nothing to keep alive yet, so it goes live at once. A custom domain follows, when it is sure that it takes it from nobody. */
async function deployFirst(d, origin) {
  const file = deployFile(d.root, d.environment.name, 'first.json')
  const { routes: _, route: __, ...config } = d.config
  writeJson(file, hasRoutes(d.config) ? { ...config, workers_dev: false } : config)
  const { entries } = await withSecretsFile(d.newSecrets, (flags) =>
    d.wrangler(['deploy', '--config', file, ...tagOf(d), ...flags]),
  )
  const version = idOf(entries, 'deploy')
  done(d, 'Code', 'deployed the first version')
  if (hasRoutes(d.config)) await deployTriggers(d)
  // A new name takes some minutes to be known, and to have a certificate.
  await waitForVersion(d, { version, origin, minutes: 5 })
  return version
}

/** The new version gets no traffic until it has answered. */
async function deployNext(d) {
  const { running } = d.found
  // The address of the version that runs: a new one comes only with the triggers.
  const origin = running.settings.PUBLIC_ORIGIN || d.environment.config.vars.PUBLIC_ORIGIN
  if (!(await isReachable(d, origin))) await deployTriggers(d)
  const { entries } = await withSecretsFile(d.newSecrets, (flags) =>
    d.wrangler(['versions', 'upload', '--config', d.configFile, ...tagOf(d), ...flags]),
  )
  const version = idOf(entries, 'version-upload')
  done(d, 'Code', `uploaded ${version}`)
  try {
    await split(d, [`${running.id}@100%`, `${version}@0%`], 'a new version, without traffic')
    await waitForVersion(d, { version, origin, minutes: 1 })
    await split(d, [`${version}@100%`], 'the new version')
  } catch (error) {
    await goBack(d, error)
  }
  done(d, 'Traffic', 'all of it goes to the new version')
  try {
    await deployTriggers(d)
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    throw new Stop(
      error.message,
      `The new version is live. Its address and cron are as before: run the same command again.`,
    )
  }
  return version
}

const split = (d, versions, message) =>
  d.wrangler(['versions', 'deploy', ...versions, '--yes', '--message', message, '--config', d.configFile])

/** @returns {Promise<never>} */
async function goBack(d, error) {
  if (!(error instanceof Stop)) throw error
  const { id } = d.found.running
  try {
    await split(d, [`${id}@100%`], 'back to the version before')
  } catch {
    const { worker } = d.environment
    throw new Stop(
      error.message,
      `And the way back failed too. Run: npx wrangler rollback ${id} --name ${worker} --yes`,
    )
  }
  throw new Stop(
    error.message,
    `All traffic goes to the version before, ${id}. Migrations stay: that version works with them. Correct it, and run the same command again.`,
  )
}

function idOf(entries, type) {
  const id = entries.find((entry) => entry.type === type)?.version_id
  if (typeof id !== 'string')
    throw new Stop('wrangler did not say which version it has made.', 'Run the same command again.')
  return id
}

/** The commit, so that the list of versions and /health say what runs. */
function tagOf({ root }) {
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim()
  const commit = git('rev-parse', '--short=12', 'HEAD')
  if (!commit) return []
  return ['--tag', git('status', '--porcelain') ? `${commit}-changed` : commit]
}
