import { isZone } from '../../lib/zone'
import { createPages, type PageContext } from '../page/console-env'
import { Field, RefusalMessage } from '../page/fields'
import { formFields, text, trimmedText } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT, localPath } from '../page/local-path'
import { redirectWithNotice } from '../page/notice'
import { readMe } from '../page/person'
import { type Refusal, readFormRefusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { Actions } from './account-forms'

/** Sets the time zone of the profile. */
export const timeZoneRoutes = createPages()
  .get('/time-zone', async (c) => showTimeZone(c, { timeZone: (await readMe(c)).timeZone, refusal: null }))
  .post('/time-zone', formFields({ timeZone: trimmedText, to: text }), async (c) => {
    const { timeZone, to } = c.req.valid('form')
    const answer = await c.var.api.users.me.$patch({ json: { timeZone: timeZone === '' ? null : timeZone } })
    if (answer.status === 200)
      return redirectWithNotice(c, to === '' ? ACCOUNT : localPath(to, c.req.url), 'zone_saved')
    return showTimeZone(c, { timeZone, refusal: await readFormRefusal(answer) })
  })

/** Where Cloudflare thinks that the visitor is. */
function suggestedZone(c: PageContext): string | null {
  const zone = c.req.raw.cf?.timezone
  return typeof zone === 'string' && isZone(zone) ? zone : null
}

function showTimeZone(c: PageContext, { timeZone, refusal }: { timeZone: string | null; refusal: Refusal | null }) {
  const { t } = c.var
  const suggested = timeZone === null ? suggestedZone(c) : null
  return renderPage(
    c,
    { title: t.timeZone.title, section: 'account', refusal },
    <>
      <h1>{t.timeZone.title}</h1>
      <p>{t.timeZone.intro}</p>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post">
        <Field
          t={t}
          refusal={refusal}
          name="timeZone"
          label={t.timeZone.title}
          hint={suggested === null ? undefined : t.timeZone.suggested(suggested)}
          control={(attributes) => (
            <select {...attributes}>
              <ZoneOptions t={t} chosen={timeZone ?? suggested ?? ''} />
            </select>
          )}
        />
        <Actions t={t} submit={t.save} />
      </form>
    </>,
  )
}

/** All zones by region. One that has another name here than in the list is there too. */
function ZoneOptions({ t, chosen }: { t: Texts; chosen: string }) {
  const zones = new Set([...Intl.supportedValuesOf('timeZone'), ...(isZone(chosen) ? [chosen] : [])])
  const regions = Map.groupBy([...zones].sort(), (zone) => (zone.includes('/') ? zone.slice(0, zone.indexOf('/')) : ''))
  return (
    <>
      <option value="">{t.timeZone.none}</option>
      {[...regions].map(([region, names]) => (
        <optgroup label={region === '' ? t.timeZone.others : region}>
          {names.map((name) => (
            <option value={name} selected={name === chosen}>
              {name.slice(region === '' ? 0 : region.length + 1).replaceAll('_', ' ')}
            </option>
          ))}
        </optgroup>
      ))}
    </>
  )
}
