import { createPages, type PageContext } from '../page/console-env'
import { Field, RefusalMessage } from '../page/fields'
import { formFields } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT } from '../page/local-path'
import { redirectWithNotice } from '../page/notice'
import { type Refusal, readFormRefusal, toAppError } from '../page/refusal'
import { Time } from '../page/time'
import { lacksProof, proofFields, showProofPage } from './proof'

const CALENDAR = `${ACCOUNT}/calendar`

/** Makes, replaces and ends the secret link for calendars. */
export const calendarRoutes = createPages()
  .get('/calendar', (c) => showCalendar(c, null))
  .post('/calendar', formFields(proofFields), async (c) => {
    const answer = await c.var.api.users.me['calendar-feed'].$post({ json: c.req.valid('form') })
    if (answer.status === 201) return showLink(c, (await answer.json()).url)
    const refusal = await readFormRefusal(answer)
    if (!lacksProof(refusal)) return showCalendar(c, refusal)
    return showProofPage(c, { refusal, submit: c.var.t.calendar.make, backHref: CALENDAR })
  })
  .post('/calendar/end', async (c) => {
    const answer = await c.var.api.users.me['calendar-feed'].$delete()
    if (answer.status !== 204) throw await toAppError(answer)
    return redirectWithNotice(c, ACCOUNT, 'calendar_ended')
  })

/** When the link was made (ISO); null if there is none. */
async function readMadeAt(c: PageContext): Promise<string | null> {
  const answer = await c.var.api.users.me['calendar-feed'].$get()
  if (answer.status === 404) return null
  if (answer.status !== 200) throw await toAppError(answer)
  return (await answer.json()).createdAt
}

async function showCalendar(c: PageContext, refusal: Refusal | null) {
  const { locale, t } = c.var
  const madeAt = await readMadeAt(c)
  return renderPage(
    c,
    { title: t.calendar.title, section: 'account', refusal },
    <>
      <h1>{t.calendar.title}</h1>
      <p>{t.calendar.intro}</p>
      <RefusalMessage t={t} refusal={refusal} />
      {madeAt !== null && (
        <p>
          {t.calendar.madeAt} <Time locale={locale} at={madeAt} />. {t.calendar.replaces}
        </p>
      )}
      <form method="post" action={CALENDAR}>
        <div class="actions">
          <button type="submit">{madeAt === null ? t.calendar.make : t.calendar.replace}</button>
          <a href={ACCOUNT} class="button second">
            {t.cancel}
          </a>
        </div>
      </form>
      {madeAt !== null && (
        <form method="post" action={`${CALENDAR}/end`} class="aside">
          <button type="submit" class="quiet danger">
            {t.calendar.end}
          </button>
        </form>
      )}
    </>,
  )
}

/** Shows a new link, only this once: the page is the answer to the form that has made it. */
function showLink(c: PageContext, url: string) {
  const { t } = c.var
  return renderPage(
    c,
    { title: t.calendar.title, section: 'account', isShownOnce: true },
    <>
      <h1>{t.calendar.title}</h1>
      <p role="status">{t.calendar.made}</p>
      <Field
        t={t}
        refusal={null}
        name="link"
        label={t.calendar.link}
        hint={t.calendar.linkHint}
        control={(attributes) => <input type="url" {...attributes} value={url} readonly class="secret" data-focus />}
      />
      <div class="actions">
        <a href={url.replace(/^https?:/, 'webcal:')} class="button">
          {t.calendar.open}
        </a>
        <a href={ACCOUNT} class="button second">
          {t.calendar.done}
        </a>
      </div>
    </>,
  )
}
