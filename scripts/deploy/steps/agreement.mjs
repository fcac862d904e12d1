import { join } from 'node:path'
import { deployFile, writeJson } from '../environment.mjs'
import { tableOfSettings, writeSetting } from '../settings-file.mjs'
import { Stop } from '../stop.mjs'
import { confirm } from '../terminal.mjs'
import { isFirst } from './look-around.mjs'

/** @param {import('../deploy.mjs').Deploy} d */
export async function askToGoOn(d) {
  if (d.options['dry-run'] || !d.canAsk) return
  const { name, worker } = d.environment
  const what = isFirst(d) ? `Deploy ${name} for the first time` : `Deploy a new version of ${name}`
  const agreed = await confirm(d.terminal, `${what} (the Worker ${worker})?`)
  if (!agreed) throw new Stop('Nothing was changed.')
}

/** Writes down what was answered, except for secrets. @param {import('../deploy.mjs').Deploy} d */
export async function writeAnswers(d) {
  const { name, key } = d.environment
  if (d.chosenAccount) writeJson(deployFile(d.root, name, 'account.json'), { id: d.chosenAccount.id })
  for (const setting of d.newSettings) writeSetting(join(d.root, 'wrangler.toml'), { environment: key, ...setting })
  if (d.newSettings.length > 0) {
    const names = d.newSettings.map((setting) => setting.name).join(', ')
    d.terminal.say(
      `  Wrote ${names} into ${tableOfSettings(key)} of wrangler.toml. Commit it, so that others deploy the same.`,
    )
  }
}
