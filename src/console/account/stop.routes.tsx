import { createPages, type PageContext } from '../page/console-env'
import { RefusalMessage } from '../page/fields'
import { renderPage } from '../page/layout'
import { HOME } from '../page/local-path'
import { type Refusal, readFormRefusal } from '../page/refusal'

/** Where the link in a notice leads, which has to be short: to the page of that token. */
export const stopLinkRoutes = createPages().get('/:token', (c) =>
  c.redirect(`${HOME}/stop/${encodeURIComponent(c.req.param('token'))}`, 303),
)

/**
 * Stops a request to remove something. It needs no sign-in, but the link that a contact got. Only the form acts: mail scanners open
 * links.
 */
export const stopRoutes = createPages()
  .get('/:token', (c) => showStopForm(c, null))
  .post('/:token', async (c) => {
    const token = c.req.param('token')
    const answer = await c.var.api.users['removal-requests'].stop.$post({ json: { token } })
    if (answer.status !== 204) return showStopForm(c, await readFormRefusal(answer))
    const { stop } = c.var.t.contacts
    return renderPage(
      c,
      { title: stop.title, section: null },
      <>
        <h1>{stop.title}</h1>
        <p role="status">{stop.done}</p>
        <p>
          <a href={`${HOME}/sign-in`}>{c.var.t.back}</a>
        </p>
      </>,
    )
  })

function showStopForm(c: PageContext, refusal: Refusal | null) {
  const { t } = c.var
  const { stop } = t.contacts
  return renderPage(
    c,
    { title: stop.title, section: null, refusal },
    <>
      <h1>{stop.title}</h1>
      <p>{stop.text}</p>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post">
        <div class="actions">
          <button type="submit">{stop.submit}</button>
        </div>
      </form>
    </>,
  )
}
