import { sql } from 'drizzle-orm'
import { MAX_LISTS } from '../../limits'
import { type CallerValues, prebuildForCaller } from '../../sessions/caller-statements'
import { sessions } from '../../sessions/tables'
import { lists } from '../lists/tables'

export interface OwnList {
  id: string
  name: string
}

/** The lists of the caller, the oldest first. */
export const selectLists = prebuildForCaller<OwnList, CallerValues>(
  (value, { isLive }) => sql`SELECT ${lists.id} AS id, ${lists.name} AS name FROM ${sessions} JOIN ${lists}
    ON ${lists.userId} = ${value('userId')} WHERE ${isLive} ORDER BY ${lists.createdAt}, ${lists.id}`,
)

/** Makes lists, as many as there is room for. One that is there already stays as it is. */
export const insertLists = prebuildForCaller<never, CallerValues & { lists: string }>(
  (value, { whileLive }) => sql`INSERT INTO ${lists} (user_id, id, name, created_at, updated_at, version)
    SELECT ${value('userId')}, value ->> 'id', value ->> 'name', ${value('now')} + key, ${value('now')}, 1
    FROM json_each(${value('lists')})
    WHERE ${whileLive} AND key + (SELECT count(*) FROM ${lists} WHERE ${lists.userId} = ${value('userId')}) < ${MAX_LISTS}
    ON CONFLICT DO NOTHING`,
)
