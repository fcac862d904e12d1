import { randomBytes } from 'node:crypto'
import { canAskFor, done, wouldDo } from '../say.mjs'
import { readSecretsFile, writeSecretsFile } from '../secrets-file.mjs'
import { Stop } from '../stop.mjs'
import { choose, confirm } from '../terminal.mjs'

/** These can be made here. The others come from somebody else. */
const MADE_HERE = ['AUTH_SECRET', 'PASSWORD_PEPPER']

/** Secrets that a setting needs. @type {Record<string, string>} */
export const NEEDED_WITH = {
  APPLE_PRIVATE_KEY: 'APPLE_CLIENT_ID',
  GITHUB_CLIENT_SECRET: 'GITHUB_CLIENT_ID',
  GOOGLE_CLIENT_SECRET: 'GOOGLE_CLIENT_ID',
  KAKAO_CLIENT_SECRET: 'KAKAO_CLIENT_ID',
  LINE_CLIENT_SECRET: 'LINE_CLIENT_ID',
  MICROSOFT_CLIENT_SECRET: 'MICROSOFT_CLIENT_ID',
  NAVER_CLIENT_SECRET: 'NAVER_CLIENT_ID',
  OIDC_CLIENT_SECRET: 'OIDC_CLIENT_ID',
  TWILIO_AUTH_TOKEN: 'TWILIO_ACCOUNT_SID',
}

/** Finds the secrets that are missing, and makes them or asks for them. They go to Cloudflare with the code that needs them. */
export async function askSecrets(d) {
  const { vars, secrets } = d.environment.config
  const needed = [...(secrets?.required ?? []), ...Object.keys(NEEDED_WITH).filter((name) => vars[NEEDED_WITH[name]])]
  const missing = needed.filter((name) => !d.found.secrets.includes(name))
  const given = d.options.secrets === undefined ? {} : readSecretsFile(d.options.secrets, d.root)
  d.made = []
  for (const name of missing) {
    const value = given[name] ?? (await makeOrAsk(d, name))
    if (value !== undefined) d.newSecrets[name] = value
  }
  if (missing.length === 0) done(d, 'Secrets', 'all are there')
  else if (!d.options['dry-run']) done(d, 'Secrets', `${missing.join(', ')}: new`)
}

async function makeOrAsk(d, name) {
  const isMade = MADE_HERE.includes(name) && !d.hasUsers
  if (isMade && d.options['dry-run']) return wouldDo(d, 'Secrets', `make ${name}`)
  if (!canAskFor(d, name, whereFrom(d))) return undefined
  if (isMade) {
    d.made.push(name)
    return randomBytes(32).toString('base64')
  }
  if (MADE_HERE.includes(name)) {
    d.terminal.say(
      `  There are accounts, and the Worker has no ${name}. With another one than before, ${whatIsLost(name)}.`,
    )
  }
  const value = await d.terminal.ask(`${name}:`, { hidden: true })
  if (value === '') throw new Stop(`${name} is missing. Nothing was changed.`)
  return value
}

const whatIsLost = (name) => (name === 'PASSWORD_PEPPER' ? 'no password is right any more' : 'everybody is signed out')

const whereFrom = ({ variables }) =>
  variables.WORKERS_CI
    ? 'Add it at dash.cloudflare.com: the Worker, Settings, Variables and Secrets.'
    : 'Run `npm run deploy` once in a terminal, or name a file with it: --secrets FILE.'

/**
 * Lets the person keep the new secrets, because Cloudflare never shows them again. Without them no other deployment can take over the
 * database, and they cannot be turned over.
 * @param {import('../deploy.mjs').Deploy} d
 */
export async function keepSecrets(d) {
  if (d.made.length === 0 || d.options['dry-run']) return
  const { terminal } = d
  const values = Object.fromEntries(d.made.map((name) => [name, d.newSecrets[name]]))
  terminal.say(
    `  ${d.made.join(' and ')} were made. Cloudflare never shows them again, so keep a copy where only you get at it.`,
  )
  const how = await choose(terminal, 'How?', {
    show: 'show them here',
    file: 'write them to a file outside of the repository',
  })
  if (how === 'file') return writeToFile(d, values)
  for (const [name, value] of Object.entries(values)) terminal.say(`\n    ${name}=${value}`)
  const kept = await confirm(terminal, '\n  Have you kept them?', false)
  if (!kept) throw new Stop('Nothing was changed, and these secrets are used nowhere.')
}

async function writeToFile(d, values) {
  for (;;) {
    const file = await d.terminal.ask('File:')
    try {
      writeSecretsFile(file, values, d.root)
      return done(d, 'Secrets', `kept in ${file}`)
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      d.terminal.say(`  ${error.message}`)
    }
  }
}
