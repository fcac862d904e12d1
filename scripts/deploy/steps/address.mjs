import { unlessMissing } from '../cloudflare.mjs'
import { hasRoutes } from '../environment.mjs'
import { canAskFor, done, setSetting } from '../say.mjs'
import { Stop } from '../stop.mjs'

/**
 * Asks where people find this environment. PUBLIC_ORIGIN decides it: a host of workers.dev is the Worker's own, and any other one
 * becomes its custom domain, unless wrangler.toml has routes.
 * @param {import('../deploy.mjs').Deploy} d
 */
export async function askAddress(d) {
  const { config, others, name } = d.environment
  const own = await workersDevOrigin(d)
  if (!config.vars.PUBLIC_ORIGIN) await askOrigin(d, own)
  const origin = config.vars.PUBLIC_ORIGIN
  if (!origin) return
  checkOrigin(origin)
  const twin = others.find((other) => other.config.vars.PUBLIC_ORIGIN === origin)
  if (twin !== undefined) throw new Stop(`${name} and ${twin.name} have the same PUBLIC_ORIGIN: ${origin}.`)
  refuseSharedRoutes(d)
  const { hostname } = new URL(origin)
  if (hostname.endsWith('.workers.dev')) {
    if (origin !== own)
      throw new Stop(`PUBLIC_ORIGIN is ${origin}.`, `The address of this Worker is ${own ?? 'not known'}.`)
    config.workers_dev ??= true
  } else if (!hasRoutes(config) && config.workers_dev !== true) {
    await checkDomain(d, hostname)
    config.routes = [{ pattern: hostname, custom_domain: true }]
  }
  done(d, 'Address', origin)
}

/** An environment inherits the routes of production. It would take them away from it. */
function refuseSharedRoutes({ environment: { name, config, others } }) {
  const patternsOf = ({ route, routes = [] }) =>
    [...routes, ...(route ? [route] : [])].map((each) => each.pattern ?? each)
  for (const other of others) {
    const shared = patternsOf(config).find((pattern) => patternsOf(other.config).includes(pattern))
    if (shared === undefined) continue
    throw new Stop(
      `${name} and ${other.name} have the same route: ${shared}.`,
      'Give each environment `routes` of its own.',
    )
  }
}

/** The Worker's address at workers.dev, or undefined if the account has no name there yet. */
async function workersDevOrigin({ api, account, environment: { worker } }) {
  const found = await unlessMissing(api.get(`${account}/workers/subdomain`))
  return found?.subdomain ? `https://${worker}.${found.subdomain}.workers.dev` : undefined
}

async function askOrigin(d, own) {
  const { terminal, variables } = d
  if (variables.WORKERS_CI && own !== undefined) {
    d.environment.config.vars.PUBLIC_ORIGIN = own
    return
  }
  const whatToDo = `Set it in wrangler.toml, such as PUBLIC_ORIGIN = "${own ?? 'https://todo.example.com'}".`
  if (!canAskFor(d, 'PUBLIC_ORIGIN', whatToDo)) return
  if (own === undefined) {
    terminal.say(
      '  The account has no name at workers.dev yet. Choose one at dash.cloudflare.com, under Workers, or use a domain.',
    )
  }
  terminal.say('  At which address do people open it? Your own domain works if it is in this account.')
  for (;;) {
    const typed = await terminal.ask('Address', { initial: own })
    const origin = typed.includes('://') ? typed.replace(/\/$/, '') : `https://${typed}`
    if (typed !== '' && isOrigin(origin)) {
      setSetting(d, 'PUBLIC_ORIGIN', origin)
      return
    }
    terminal.say('  It must be like https://todo.example.com, without a path.')
  }
}

function isOrigin(text) {
  return URL.canParse(text) && new URL(text).origin === text && text.startsWith('https://')
}

function checkOrigin(origin) {
  if (!isOrigin(origin)) throw new Stop(`PUBLIC_ORIGIN is ${origin}.`, 'It must be like https://todo.example.com.')
}

/** Without a terminal wrangler takes a domain away from another Worker, and does not ask. */
async function checkDomain({ api, account, accountId, environment: { worker } }, hostname) {
  const owners = await api.get(`${account}/workers/domains?hostname=${hostname}`)
  const other = owners.find((owner) => owner.hostname === hostname && owner.service !== worker)
  if (other !== undefined) throw new Stop(`${hostname} belongs to the Worker ${other.service}.`)
  const parents = hostname.split('.').map((_, index, labels) => labels.slice(index).join('.'))
  for (const parent of parents.slice(0, -1)) {
    const zones = await api.get(`/zones?name=${parent}&account.id=${accountId}`)
    if (zones.length > 0) return
  }
  throw new Stop(
    `No domain of this account fits ${hostname}.`,
    'Add the domain at dash.cloudflare.com, or let the token read zones, or use the address at workers.dev.',
  )
}
