import { hasPasswords } from '../../log-in/password/passwords-off'
import { createPages, type PageContext } from '../page/console-env'
import { RefusalMessage } from '../page/fields'
import { formFields } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT, withQuery } from '../page/local-path'
import { Notice, redirectWithNotice, takeNotice } from '../page/notice'
import { type Refusal, readFormRefusal, toAppError } from '../page/refusal'
import { ActivityList } from './activity-list'
import { DeviceList } from './device-pages'
import { lacksProof, proofFields, readUser, showProofPage } from './proof'

const DEVICES = `${ACCOUNT}/devices`
const DEVICE = '/devices/:id{[0-9a-f-]{36}}' as const
const ACTIVITY = `${ACCOUNT}/activity`
const PAGE_SIZE = '50'

export const deviceRoutes = createPages()
  .get('/devices', (c) => showDevices(c, null))
  .post('/devices/others', formFields(proofFields), async (c) => {
    const answer = await c.var.api.auth.sessions.$delete({ json: c.req.valid('form') })
    if (answer.status === 204) return redirectWithNotice(c, DEVICES, 'sessions_ended')
    return showRefusal(c, await readFormRefusal(answer), c.var.t.devices.endOthers)
  })
  .post(DEVICE, formFields(proofFields), async (c) => {
    const refusal = await endSession(c, c.req.valid('form'))
    return refusal ? showRefusal(c, refusal, c.var.t.devices.end) : redirectWithNotice(c, DEVICES, 'session_ended')
  })
  // Somebody else was signed in. Who has a password, sets another one: that ends all other sessions too.
  .post(`${DEVICE}/not-me`, formFields(proofFields), async (c) => {
    const refusal = await endSession(c, c.req.valid('form'))
    if (refusal) return showRefusal(c, refusal, c.var.t.devices.notYouSubmit)
    const { user } = await readUser(c)
    const hasPassword = user.hasPassword && hasPasswords(c.var.config)
    return hasPassword
      ? redirectWithNotice(c, `${ACCOUNT}/password`, 'session_ended')
      : redirectWithNotice(c, DEVICES, 'intruder_ended')
  })
  .get('/activity', async (c) => {
    const cursor = c.req.query('cursor')
    const query = { limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) }
    const answer = await c.var.api.users.me.activity.$get({ query })
    if (answer.status !== 200) throw await toAppError(answer)
    const { activity, nextCursor } = await answer.json()
    const { locale, t } = c.var
    return renderPage(
      c,
      { title: t.activity.title, section: 'account' },
      <>
        <h1>{t.activity.title}</h1>
        <p>{t.activity.intro}</p>
        <ActivityList t={t} locale={locale} entries={activity} />
        <p class="pages">
          {cursor !== undefined && <a href={ACTIVITY}>{t.firstPage}</a>}
          {nextCursor !== null && <a href={withQuery(ACTIVITY, { cursor: nextCursor })}>{t.nextPage}</a>}
        </p>
      </>,
    )
  })

/**
 * Ends the session in the address of the page.
 * @returns why it was refused; null if it has ended, now or before
 */
async function endSession(
  c: PageContext,
  proof: { [Name in keyof typeof proofFields]?: string | undefined },
): Promise<Refusal | null> {
  const param = { id: c.req.param('id') ?? '' }
  const answer = await c.var.api.auth.sessions[':id'].$delete({ param, json: proof })
  return answer.status === 204 || answer.status === 404 ? null : readFormRefusal(answer)
}

/** Asks for a proof if only that is missing, else shows the devices and what is wrong. `submit` is the text of the button. */
const showRefusal = (c: PageContext, refusal: Refusal, submit: string) =>
  lacksProof(refusal) ? showProofPage(c, { refusal, submit, backHref: DEVICES }) : showDevices(c, refusal)

async function showDevices(c: PageContext, refusal: Refusal | null) {
  const answer = await c.var.api.auth.sessions.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  const { sessions } = await answer.json()
  const { locale, t } = c.var
  return renderPage(
    c,
    { title: t.devices.title, section: 'account', refusal },
    <>
      <h1>{t.devices.title}</h1>
      <Notice t={t} notice={takeNotice(c)} />
      <RefusalMessage t={t} refusal={refusal} />
      <DeviceList t={t} locale={locale} devices={sessions} />
    </>,
  )
}
