// What `npm run doctor` looks at. Each check gives lines: `ok`, or what to do.

import { NEEDED_WITH } from '../deploy/steps/secrets.mjs'

/** @typedef {{ ok: boolean, name: string, text: string }} Line */

/** @param {string} name @param {string} text @returns {Line} */
const ok = (name, text) => ({ ok: true, name, text })
/** @param {string} name @param {string} what is wrong @param {string} whatToDo @returns {Line} */
export const wrong = (name, what, whatToDo) => ({ ok: false, name, text: `${what} ${whatToDo}` })

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** Cron runs every 15 minutes, and may be late once. */
const CRON_LIMIT_MS = 40 * MINUTE_MS
const CLOCK_LIMIT_MS = 5000
const KV_WRITES_FREE = 1000

/** @param {{ found: { secrets: string[] }, environment: import('../deploy/environment.mjs').Environment }} d */
export function checkSecrets({ found, environment: { config } }) {
  const forSettings = Object.keys(NEEDED_WITH).filter((name) => config.vars[NEEDED_WITH[name]])
  const missing = [...(config.secrets?.required ?? []), ...forSettings].filter((name) => !found.secrets.includes(name))
  return missing.length === 0
    ? ok('Secrets', found.secrets.toSorted().join(', '))
    : wrong('Secrets', `${missing.join(', ')}: missing.`, 'Run `npm run deploy`, which asks for them.')
}

export const checkReplication = ({ found }) =>
  found.database?.replication === 'auto'
    ? ok('Replication', 'on')
    : wrong('Replication', 'Reads go around the world to one place.', 'Run `npm run deploy`, which turns it on.')

/** @param {{ status: number, body: any, date: string | null, askedAt: number, answeredAt: number }} health */
export function checkHealth({ status, body, date, askedAt, answeredAt }) {
  const { wants, finds } = body.schema ?? {}
  const version = body.version?.tag ?? body.version?.id ?? 'on this computer'
  const well =
    status === 200
      ? ok('Health', `version ${version}, schema ${finds}${finds === wants ? '' : `, which is newer than ${wants}`}`)
      : wrong(
          'Health',
          `/health answers ${status}: ${body.detail ?? body.title ?? 'nothing else'}`,
          'Correct that first.',
        )
  if (date === null) return [well]
  const there = Date.parse(date)
  // The header has whole seconds.
  const isRight = there >= askedAt - CLOCK_LIMIT_MS - 1000 && there <= answeredAt + CLOCK_LIMIT_MS
  const seconds = Math.round((there - answeredAt) / 1000)
  const clock = isRight
    ? ok('Clock', 'as here')
    : wrong(
        'Clock',
        `It differs from this computer's by ${seconds} s.`,
        'Set the clock here: Cloudflare is hardly wrong.',
      )
  return [well, clock]
}

/** @param {any} report of the Worker: `GET operator/doctor` */
export function checkReport(report) {
  return [
    ...checkPlan(report),
    checkChannels(report),
    checkProviders(report),
    checkAlarms(report),
    checkCron(report),
    checkBacklog(report),
    checkBudgets(report),
    checkAuthSecret(report),
    checkPepper(report),
    checkSecondFactors(report),
  ]
}

function checkPlan({ plan, passwords, kvWritesToday }) {
  if (plan === 'paid') return [ok('Plan', `paid, passwords ${passwords}`)]
  const fits =
    passwords === 'off'
      ? ok('Plan', 'free, without passwords')
      : wrong(
          'Plan',
          'A password takes 60 to 100 ms of CPU, and the Free plan has 10.',
          'Set PASSWORDS to off, or change the plan.',
        )
  const kv = `at least ${kvWritesToday} of the ${KV_WRITES_FREE} writes that the Free plan has a day`
  return [
    fits,
    kvWritesToday < KV_WRITES_FREE * 0.8
      ? ok('KV', kv)
      : wrong('KV', `${kv}.`, 'When they are used up, nobody gets a code. Change the plan.'),
  ]
}

function checkChannels({ channels }) {
  const half = channels.filter(({ missing }) => missing !== null && missing.length > 0)
  if (half.length > 0) {
    const what = half.map(({ channel, missing }) => `${channel} lacks ${missing.join(', ')}`).join('; ')
    return wrong('Messages', `${what}.`, 'Set it, or remove the other settings of that channel.')
  }
  const ready = channels.filter(({ missing }) => missing !== null).map(({ channel }) => channel)
  return ready.length > 0
    ? ok('Messages', ready.join(' and '))
    : wrong('Messages', 'Neither e-mail nor SMS is set up: nobody gets a code or a notice.', 'See docs/operations.md.')
}

const checkProviders = ({ providerFaults }) =>
  providerFaults.length === 0
    ? ok('Providers', 'none is set up by half')
    : wrong('Providers', `${providerFaults.join('; ')}.`, 'Set it, or remove the other settings of that provider.')

const checkAlarms = ({ alarms }) =>
  alarms
    ? ok('Alarms', 'go to ALARM_URL')
    : wrong('Alarms', 'Nobody is told when something is wrong.', 'Set the secret ALARM_URL.')

function checkCron({ now, purge: { at } }) {
  if (at === null)
    return wrong('Cron', 'It has not run yet.', 'It runs every 15 minutes: ask again. Then run `npm run deploy`.')
  const minutes = Math.round((Date.parse(now) - Date.parse(at)) / MINUTE_MS)
  return Date.parse(now) - Date.parse(at) <= CRON_LIMIT_MS
    ? ok('Cron', `ran ${minutes} minutes ago`)
    : wrong(
        'Cron',
        `It ran ${minutes} minutes ago.`,
        'Look for its last log lines, then run `npm run deploy`, which sets it anew.',
      )
}

function checkBacklog({ purge: { overdueSeconds } }) {
  const late = Object.entries(overdueSeconds).map(([table, seconds]) => `${table} ${seconds ?? 'for unknown'} s`)
  return late.length === 0
    ? ok('Backlog', 'none')
    : wrong('Backlog', `Overdue for removal: ${late.join(', ')}.`, 'If it grows, see docs/operations.md, “A flood”.')
}

function checkBudgets({ budgets }) {
  const spent = budgets.filter(({ left, size }) => size > 0 && left === 0)
  return spent.length === 0
    ? ok('Budgets', budgets.map(({ channel, pool, left }) => `${channel} ${pool} ${left}`).join(', '))
    : wrong(
        'Budgets',
        `Spent for now: ${spent.map(({ channel, pool }) => `${channel} ${pool}`).join(', ')}.`,
        'See docs/operations.md, “A flood”.',
      )
}

/** When AUTH_SECRET_PREVIOUS may go. Clients keep tokens of their lists for 30 days, and links in notices work for 10. */
const LONGEST_DAYS = 30
const LINK_DAYS = 10

/** @param {any} report @returns {{ mayGo: boolean, why: string }} */
export function mayAuthSecretGo({ now, authSecret: { since, olderSessions }, secondFactors: { previousSecrets } }) {
  if (since === null) return { mayGo: false, why: 'Cron has not run since the new secret signs.' }
  const days = Math.floor((Date.parse(now) - Date.parse(since)) / DAY_MS)
  const sessions = olderSessions === null ? 'too many sessions to count' : `${olderSessions} sessions`
  const mayGo = days >= LONGEST_DAYS || (days >= LINK_DAYS && olderSessions === 0)
  const why = `The new one signs for ${days} days, and ${sessions} are older.`
  if (previousSecrets > 0) {
    return {
      mayGo: false,
      why: `${why} ${previousSecrets} secrets of authenticator apps are still sealed under the old one: cron seals them anew.`,
    }
  }
  return { mayGo, why }
}

function checkAuthSecret(report) {
  if (report.authSecret.previousKid === null) return ok('AUTH_SECRET', 'one')
  const { mayGo, why } = mayAuthSecretGo(report)
  return mayGo
    ? wrong('AUTH_SECRET', why, 'The previous one may go: npm run rotate -- auth --finish')
    : ok('AUTH_SECRET', `is being turned over. ${why}`)
}

function checkPepper({ passwords, pepper: { hashes, previousHashes, unknownHashes, previousId } }) {
  if (unknownHashes > 0) {
    return wrong(
      'Pepper',
      `${unknownHashes} of ${hashes} password hashes need a pepper that is not set.`,
      'Set it as PASSWORD_PEPPER_PREVIOUS.',
    )
  }
  if (previousId === null) return ok('Pepper', passwords === 'off' ? 'not in use' : `one, in ${hashes} hashes`)
  return previousHashes === 0
    ? wrong('Pepper', 'No hash needs the previous one.', 'It may go: npm run rotate -- pepper --finish')
    : ok('Pepper', `is being turned over: ${previousHashes} of ${hashes} hashes need the previous one`)
}

const checkSecondFactors = ({ secondFactors: { secrets, unknownSecrets } }) =>
  unknownSecrets === 0
    ? ok('Second factors', `${secrets} authenticator apps`)
    : wrong(
        'Second factors',
        `${unknownSecrets} of ${secrets} secrets of authenticator apps are sealed under an AUTH_SECRET that is not set.`,
        'Set it as AUTH_SECRET_PREVIOUS, until cron has sealed them anew. Their owners can use recovery codes.',
      )
