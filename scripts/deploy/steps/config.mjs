import { deployFile, resolveConfig, writeJson } from '../environment.mjs'
import { wouldDo } from '../say.mjs'
import { sayResources } from './database.mjs'
import { isFirst } from './look-around.mjs'

/**
 * Writes what wrangler gets: this environment alone, with the ids that were found. Git ignores the file.
 * @param {import('../deploy.mjs').Deploy} d
 */
export async function writeConfig(d) {
  const { root, environment, found } = d
  const ids = { root, databaseId: found.database?.id, namespaceId: found.namespace?.id }
  d.config = resolveConfig(environment, ids)
  d.configFile = deployFile(root, environment.name, 'wrangler.json')
  writeJson(d.configFile, d.config)
  if (d.options['dry-run']) await tryBundle(d)
}

async function tryBundle(d) {
  sayResources(d)
  await d.wrangler(['deploy', '--dry-run', '--config', d.configFile])
  wouldDo(
    d,
    'Code',
    isFirst(d) ? 'deploy the first version' : 'upload a version, ask its /health, and give it the traffic',
  )
  d.terminal.say('Nothing was changed.')
}
