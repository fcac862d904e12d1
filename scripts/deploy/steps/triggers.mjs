import { done } from '../say.mjs'
import { Stop } from '../stop.mjs'
import { confirm } from '../terminal.mjs'

/** Sets the addresses and cron, which versions leave alone. @param {import('../deploy.mjs').Deploy} d */
export async function deployTriggers(d) {
  await checkConflicts(d)
  await d.wrangler(['triggers', 'deploy', '--config', d.configFile])
  const crons = d.config.triggers?.crons ?? []
  done(d, 'Triggers', [...(d.config.routes ?? []).map((route) => route.pattern ?? route), ...crons].join(', '))
}

/** Whether the Worker answers at an address. It does not if its first deploy broke off before that. @param {import('../deploy.mjs').Deploy} d */
export async function isReachable({ api, account, environment: { worker, config } }, origin) {
  const { hostname } = new URL(origin)
  if (hostname.endsWith('.workers.dev'))
    return (await api.get(`${account}/workers/scripts/${worker}/subdomain`)).enabled
  if (!(config.routes ?? []).some((route) => route.custom_domain)) return true
  const owners = await api.get(`${account}/workers/domains?hostname=${hostname}`)
  return owners.some((owner) => owner.hostname === hostname && owner.service === worker)
}

/** Without a terminal wrangler replaces DNS records, such as those of a website at the same name, and does not ask. */
async function checkConflicts(d) {
  const domains = (d.config.routes ?? [])
    .filter((route) => route.custom_domain)
    .map((route) => ({ hostname: route.pattern }))
  if (domains.length === 0) return
  const path = `${d.account}/workers/scripts/${d.environment.worker}/domains/changeset?replace_state=true`
  const { conflicting = [] } = await d.api.post(path, domains)
  if (conflicting.length === 0) return
  const names = conflicting.map(({ hostname }) => hostname).join(', ')
  const whatToDo = `Delete the DNS record of ${names} at dash.cloudflare.com, or choose another address.`
  if (!d.canAsk) throw new Stop(`Something else is at ${names}.`, whatToDo)
  const agreed = await confirm(d.terminal, `Something else is at ${names}: it has a DNS record. Replace it?`, false)
  if (!agreed) throw new Stop(`${names} was left alone.`, whatToDo)
}
