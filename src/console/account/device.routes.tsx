import type { Context } from 'hono'
import { type ConsoleEnv, createPages } from '../page/console-env'
import { Refused } from '../page/fields'
import { form } from '../page/form'
import { Notice, renderPage } from '../page/layout'
import { ACCOUNT, withQuery } from '../page/local-path'
import { failureOf, type Refusal, refusalOf } from '../page/refusal'
import { ActivityList, DeviceList } from './device-pages'
import { currentPassword, lacksProof, showProof } from './proof'

const DEVICES = `${ACCOUNT}/devices`
const PAGE_SIZE = '25'

export const deviceRoutes = createPages()
  .get('/devices', (c) => showDevices(c, null))
  .post('/devices/others', form({ currentPassword }), async (c) => {
    const answer = await c.var.api.auth.sessions.$delete({ json: c.req.valid('form') })
    if (answer.status === 204) return c.redirect(withQuery(DEVICES, { notice: 'sessions_ended' }), 303)
    return showRefusal(c, await refusalOf(answer), c.var.reader.t.devices.endOthers)
  })
  .post('/devices/:id{[0-9a-f-]{36}}', form({ currentPassword }), async (c) => {
    const json = c.req.valid('form')
    const answer = await c.var.api.auth.sessions[':id'].$delete({ param: c.req.param(), json })
    // One that is not there has ended by itself.
    if (answer.status === 204 || answer.status === 404) {
      return c.redirect(withQuery(DEVICES, { notice: 'session_ended' }), 303)
    }
    return showRefusal(c, await refusalOf(answer), c.var.reader.t.devices.end)
  })
  .get('/activity', async (c) => {
    const cursor = c.req.query('cursor')
    const query = { limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) }
    const answer = await c.var.api.users.me.activity.$get({ query })
    if (answer.status !== 200) throw await failureOf(answer)
    const { activity, nextCursor } = await answer.json()
    const { locale, t } = c.var.reader
    const first = `${ACCOUNT}/activity`
    return renderPage(
      c,
      { title: t.activity.title, section: 'account' },
      <>
        <h1>{t.activity.title}</h1>
        <p>{t.activity.intro}</p>
        <ActivityList t={t} locale={locale} entries={activity} />
        <p class="pages">
          {cursor !== undefined && <a href={first}>{t.todos.first}</a>}
          {nextCursor !== null && <a href={withQuery(first, { cursor: nextCursor })}>{t.todos.older}</a>}
        </p>
      </>,
    )
  })

type Page = Context<ConsoleEnv>

const showRefusal = (c: Page, refusal: Refusal, submit: string) =>
  lacksProof(refusal) ? showProof(c, { refusal, submit, back: DEVICES }) : showDevices(c, refusal)

async function showDevices(c: Page, refusal: Refusal | null) {
  const answer = await c.var.api.auth.sessions.$get()
  if (answer.status !== 200) throw await failureOf(answer)
  const { sessions } = await answer.json()
  const { locale, t } = c.var.reader
  return renderPage(
    c,
    { title: t.devices.title, section: 'account', refusal },
    <>
      <h1>{t.devices.title}</h1>
      <Notice t={t} code={c.req.query('notice')} />
      <Refused t={t} refusal={refusal} />
      <DeviceList t={t} locale={locale} devices={sessions} />
    </>,
  )
}
