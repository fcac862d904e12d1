import { done } from '../say.mjs'

/** KV has copies of what is in the database, so it is kept under the same law. @param {import('../deploy.mjs').Deploy} d */
export async function makeNamespace(d) {
  const { worker } = d.environment
  if (d.found.namespace !== undefined) return done(d, 'Namespace', `${worker} is there`)
  const law = d.found.database.jurisdiction
  const place = law ? ['--jurisdiction', law] : []
  await d.wrangler(['kv', 'namespace', 'create', worker, ...place, '--update-config=false'])
  const found = (await d.api.list(`${d.account}/storage/kv/namespaces`)).find(({ title }) => title === worker)
  d.found.namespace = { id: found.id }
  done(d, 'Namespace', `made ${worker}`)
}
