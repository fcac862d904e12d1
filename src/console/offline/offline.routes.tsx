import { createPages } from '../page/console-env'
import { renderPage } from '../page/layout'
import { ACCOUNT, HOME } from '../page/local-path'
import { readMe } from '../page/person'
import { Shell } from './shell'

/** What the service worker shows without a network. */
const SHELL = `${HOME}/offline`

/** Where somebody says that their to-dos may be kept on the device. */
export const OFFLINE_COPY = `${HOME}/offline-copy`

export const offlineRoutes = createPages()
  // It is kept on the device, and shown to whoever opens it, so nothing of anybody may be in it.
  .get('/offline', (c) => {
    const { t } = c.var
    return renderPage(c, { title: t.offline.shellTitle, section: null, isWide: true }, <Shell t={t} />)
  })
  .get('/offline-copy', async (c) => {
    const { t } = c.var
    const { title, why, who, until, needsScript, turnOn, turnOff, show } = t.offline
    const me = await readMe(c)
    const name = me.nickname ?? me.name ?? me.username ?? me.email ?? me.phone ?? ''
    return renderPage(
      c,
      { title, section: 'account' },
      <>
        <h1>{title}</h1>
        <p>{why}</p>
        <p>{who}</p>
        <p>{until}</p>
        <noscript>
          <p class="refused">{needsScript}</p>
        </noscript>
        <div class="actions" data-keep data-name={name} data-zone={me.timeZone ?? 'UTC'}>
          <button type="button" data-on hidden>
            {turnOn}
          </button>
          <button type="button" class="second" data-off hidden>
            {turnOff}
          </button>
          <a href={SHELL} class="button second" data-show hidden>
            {show}
          </a>
        </div>
        <p class="outcome" role="status" data-outcome />
        <p>
          <a href={ACCOUNT}>{t.cancel}</a>
        </p>
      </>,
    )
  })
