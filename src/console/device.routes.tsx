import { createPages } from './console-env'
import { ActivityList, DeviceList } from './device-pages'
import { readForm } from './form'
import { Notice, renderPage } from './layout'
import { ACCOUNT, withQuery } from './local-path'
import { lacksProof, proofIn, showProof } from './proof'
import { failureOf, refusalOf } from './refusal'

const DEVICES = `${ACCOUNT}/devices`
/** What `end` says instead of the id of one session. */
const OTHERS = 'others'
const PAGE_SIZE = '25'

export const deviceRoutes = createPages()
  .get('/devices', async (c) => {
    const answer = await c.var.api.auth.sessions.$get()
    if (answer.status !== 200) throw await failureOf(answer)
    const { sessions } = await answer.json()
    const { locale, t } = c.var.reader
    return renderPage(
      c,
      { title: t.devices.title, section: 'account' },
      <>
        <h1>{t.devices.title}</h1>
        <Notice t={t} code={c.req.query('notice')} />
        <DeviceList t={t} locale={locale} devices={sessions} others={OTHERS} />
      </>,
    )
  })
  .post('/devices', async (c) => {
    const form = await readForm(c.req.raw)
    const end = form.get('end')
    const json = proofIn(form)
    const { sessions } = c.var.api.auth
    const answer =
      end === OTHERS ? await sessions.$delete({ json }) : await sessions[':id'].$delete({ param: { id: end }, json })
    // One that is not there has ended by itself.
    if (answer.status === 204 || answer.status === 404) {
      const notice = end === OTHERS ? 'sessions_ended' : 'session_ended'
      return c.redirect(withQuery(DEVICES, { notice }), 303)
    }
    const refusal = await refusalOf(answer)
    if (!lacksProof(refusal)) throw await failureOf(answer)
    const { t } = c.var.reader
    const submit = end === OTHERS ? t.devices.endOthers : t.devices.end
    return showProof(c, { refusal, submit, kept: { end }, back: DEVICES })
  })
  .get('/activity', async (c) => {
    const cursor = c.req.query('cursor')
    const query = { limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) }
    const answer = await c.var.api.users.me.activity.$get({ query })
    if (answer.status !== 200) throw await failureOf(answer)
    const { activity, nextCursor } = await answer.json()
    const { locale, t } = c.var.reader
    return renderPage(
      c,
      { title: t.activity.title, section: 'account' },
      <>
        <h1>{t.activity.title}</h1>
        <p>{t.activity.intro}</p>
        <ActivityList t={t} locale={locale} entries={activity} />
        <p class="pages">
          {cursor !== undefined && <a href={`${ACCOUNT}/activity`}>{t.todos.first}</a>}
          {nextCursor !== null && (
            <a href={withQuery(`${ACCOUNT}/activity`, { cursor: nextCursor })}>{t.todos.older}</a>
          )}
        </p>
      </>,
    )
  })
