import { JURISDICTIONS, LOCATIONS } from '../options.mjs'
import { canAskFor, done, wouldDo } from '../say.mjs'
import { choose } from '../terminal.mjs'

/** Asks where the database will be, before it is made. It cannot be moved later. @param {import('../deploy.mjs').Deploy} d */
export async function askPlace(d) {
  const { location, jurisdiction } = d.options
  if (d.found.database !== undefined) {
    if (location ?? jurisdiction) d.terminal.say('  The database is there already, and stays where it is.')
    return
  }
  d.place = { location, jurisdiction }
  if (location ?? jurisdiction) return
  if (!canAskFor(d, '--location or --jurisdiction', `Add one, such as --location ${Object.keys(LOCATIONS)[0]}.`)) return
  d.terminal.say(
    '  Where is the database? Choose where most of your users are, or a law that the data must stay under. It cannot move later.',
  )
  const laws = Object.fromEntries(Object.entries(JURISDICTIONS).map(([key, place]) => [key, `kept in ${place} by law`]))
  const place = await choose(d.terminal, 'Place?', { ...LOCATIONS, ...laws })
  d.place = place in JURISDICTIONS ? { jurisdiction: place } : { location: place }
}

/** @param {import('../deploy.mjs').Deploy} d */
export async function makeDatabase(d) {
  const { worker } = d.environment
  if (d.found.database === undefined) {
    const { location, jurisdiction } = d.place
    const place = jurisdiction ? ['--jurisdiction', jurisdiction] : ['--location', location]
    await d.wrangler(['d1', 'create', worker, ...place, '--update-config=false'])
    const found = (await d.api.list(`${d.account}/d1/database?name=${worker}`)).find(({ name }) => name === worker)
    d.found.database = { id: found.uuid, name: worker, jurisdiction }
    done(d, 'Database', `made ${worker} (${jurisdiction ?? location})`)
  } else done(d, 'Database', `${d.found.database.name} is there`)
}

/** Reads then go to the copy that is near to the user. wrangler has no command for this. @param {import('../deploy.mjs').Deploy} d */
export async function turnOnReplication(d) {
  const { id, replication } = d.found.database
  if (replication === 'auto') return
  await d.api.put(`${d.account}/d1/database/${id}`, { read_replication: { mode: 'auto' } })
  done(d, 'Replication', 'turned on')
}

/** @param {import('../deploy.mjs').Deploy} d */
export function sayResources(d) {
  const { worker } = d.environment
  if (d.found.database === undefined) wouldDo(d, 'Database', `make the D1 database ${worker}`)
  else if (d.found.database.replication !== 'auto') wouldDo(d, 'Replication', 'turn on read replication')
  if (d.found.namespace === undefined) wouldDo(d, 'Namespace', `make the KV namespace ${worker}`)
}
