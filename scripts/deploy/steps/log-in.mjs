import { existsSync, readFileSync } from 'node:fs'
import { ApiError, connect } from '../cloudflare.mjs'
import { deployFile } from '../environment.mjs'
import { canAskFor, done } from '../say.mjs'
import { Missing, Stop } from '../stop.mjs'
import { choose, confirm } from '../terminal.mjs'
import { WranglerFailed } from '../wrangler.mjs'

const API = 'https://api.cloudflare.com/client/v4'

/** Finds out who deploys, and into which account. @param {import('../deploy.mjs').Deploy} d */
export async function logIn(d) {
  const headers = await credentials(d)
  d.api = connect({ base: d.variables.CLOUDFLARE_API_BASE_URL ?? API, headers, fetch: d.fetch })
  const account = await chooseAccount(d)
  d.accountId = account.id
  d.account = `/accounts/${account.id}`
  done(d, 'Account', account.name)
}

/** The same credentials that wrangler uses. */
async function credentials(d) {
  const { CLOUDFLARE_API_TOKEN: token } = d.variables
  if (token) return { Authorization: `Bearer ${token}` }
  const found = (await readToken(d)) ?? (await logInWithBrowser(d))
  if (found.type === 'api_key') return { 'X-Auth-Key': found.key, 'X-Auth-Email': found.email }
  return { Authorization: `Bearer ${found.token}` }
}

async function readToken(d) {
  try {
    const { output } = await d.wrangler(['auth', 'token', '--json'])
    return JSON.parse(output.slice(output.indexOf('{')))
  } catch (error) {
    if (error instanceof WranglerFailed || error instanceof SyntaxError) return undefined
    throw error
  }
}

async function logInWithBrowser(d) {
  const whatToDo = 'Set CLOUDFLARE_API_TOKEN, or run `npx wrangler login` where there is a browser.'
  if (!d.canAsk) throw new Missing('CLOUDFLARE_API_TOKEN', whatToDo)
  const agreed = await confirm(d.terminal, 'You are not logged in to Cloudflare. Log in now, in a browser?')
  if (!agreed) throw new Stop('Nothing was changed.')
  await d.wrangler(['login'], { interactive: true })
  const found = await readToken(d)
  if (found === undefined) throw new Stop('wrangler is still not logged in.', whatToDo)
  return found
}

/** CLOUDFLARE_ACCOUNT_ID, or `account_id` of wrangler.toml, or the only account, or what was chosen the last time, or a question. */
async function chooseAccount(d) {
  const given = d.variables.CLOUDFLARE_ACCOUNT_ID || d.environment.config.account_id
  // A token can be good for an account that it may not list.
  const accounts = await d.api.list('/accounts').catch((error) => {
    if (given && error instanceof ApiError && error.status === 403) return []
    throw error
  })
  const find = (id) => accounts.find((account) => account.id === id)
  if (given) return find(given) ?? { id: given, name: given }
  if (accounts.length === 0)
    throw new Stop('This log-in has no account.', 'Ask for access to one at dash.cloudflare.com.')
  if (accounts.length === 1) return accounts[0]
  const file = deployFile(d.root, d.environment.name, 'account.json')
  const before = existsSync(file) ? find(JSON.parse(readFileSync(file, 'utf8')).id) : undefined
  if (before !== undefined && d.canAsk) return before
  const list = accounts.map(({ id, name }) => `  ${id}  ${name}`).join('\n')
  const whatToDo = `There are ${accounts.length} accounts. Set it to one of\n${list}`
  if (d.options['dry-run'] || !canAskFor(d, 'CLOUDFLARE_ACCOUNT_ID', whatToDo)) {
    throw new Missing('CLOUDFLARE_ACCOUNT_ID', whatToDo)
  }
  const numbered = Object.fromEntries(accounts.map(({ name }, index) => [String(index + 1), name]))
  d.terminal.say(`  ${d.environment.name} can go into ${accounts.length} accounts:`)
  const number = await choose(d.terminal, 'Which account?', numbered)
  d.chosenAccount = accounts[Number(number) - 1]
  return d.chosenAccount
}
