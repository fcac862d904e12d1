import { done } from '../deploy/say.mjs'
import { Missing, Stop } from '../deploy/stop.mjs'
import { namesNow, setSecrets, spread, waitForNames } from './deployment.mjs'
import { newSecret } from './secrets.mjs'

/** How many sessions one request ends, so that D1 answers others in between. */
const BATCH = 500

/**
 * Ends everything that the secret has signed: a new secret, and none before it. Then it removes the sessions, so that none of them can come
 * back with an older version of the Worker, which has the secret that leaked.
 * @param {import('./rotate.mjs').Rotation} d
 */
export async function endEverything(d) {
  const { kind, copy } = d
  await agree(d)
  const pending = copy.secrets[kind.next]
  const fresh = pending ?? newSecret()
  if (pending === undefined) await copy.keepNew(kind.next, fresh)
  const name = kind.nameOf(fresh)
  const live = await namesNow(d)
  if (live.current !== name || live.previous !== null) {
    await setSecrets(d, { [kind.current]: fresh, [kind.previous]: null })
    await waitForNames(d, { current: name, previous: null })
  }
  await spread(d)
  const since = Date.now()
  done(d, 'Secret', `${kind.current} is new, and nothing else is accepted`)
  const { [kind.next]: _, [kind.previous]: __, ...others } = copy.secrets
  await endSessions(d, since)
  copy.replace({ ...others, [kind.current]: fresh })
  d.terminal.say(
    '\nEverybody has to log in again. docs/operations.md, “A leaked secret”, says what else there is to do.',
  )
}

async function agree({ terminal, canAsk, options, environment: { worker } }) {
  if (options.yes) return
  if (!canAsk) throw new Missing('--yes', 'It says that you want to sign everybody out.')
  terminal.say(`  This signs everybody out of ${worker}: every token, device, code and link of a notice is void.`)
  const typed = await terminal.ask(`Type ${worker} to go on:`)
  if (typed !== worker) throw new Stop('Nothing was changed.')
}

/** UUIDv7s sort by time, so these are the sessions that began before. The activity of their owners tells of each end. */
async function endSessions(d, since) {
  const { api, account, found } = d
  const path = `${account}/d1/database/${found.database.id}/query`
  const time = since.toString(16).padStart(12, '0')
  const head = `${time.slice(0, 8)}-${time.slice(8)}`
  const batch = `(SELECT id FROM sessions WHERE id < '${head}' ORDER BY id LIMIT ${BATCH})`
  // The entry gets its id from the session, so that a second try of a batch makes no second entry.
  const sql = `INSERT OR IGNORE INTO activity (id, user_id, event, at, session_id)
    SELECT '${head}' || substr(id, 14), user_id, 'session_ended', ${since}, id FROM sessions
    WHERE id IN ${batch} AND expires_at > ${since};
    DELETE FROM sessions WHERE id IN ${batch};`
  const isLeft = async () => {
    const [{ results }] = await api.post(path, { sql: `SELECT count(*) AS n FROM ${batch}` })
    return results[0].n
  }
  let ended = 0
  for (let left = await isLeft(); left > 0; left = await isLeft()) {
    await api.post(path, { sql })
    ended += left
  }
  done(d, 'Sessions', `${ended} ended`)
}
