import type { ActivityEntry } from '../../activity/schemas'
import type { Locale } from '../../locale'
import type { Device } from '../../sessions/schemas'
import { ACCOUNT } from '../page/local-path'
import { Time } from '../page/time'
import type { Texts } from '../texts/texts'

interface ListProps {
  t: Texts
  locale: Locale
}

/** The devices on which a user is signed in, each with a button that ends its session. */
export function DeviceList({ t, locale, devices }: ListProps & { devices: Device[] }) {
  const path = `${ACCOUNT}/devices`
  return (
    <form method="post" aria-label={t.devices.title}>
      <ul class="panel rows">
        {devices.map(({ id, createdAt, lastSeenAt, current, device, country }) => (
          <li>
            <div>
              <p id={`d${id}`}>
                <DeviceAndCountry t={t} locale={locale} device={device} country={country} />
              </p>
              {current && <p class="here">{t.devices.current}</p>}
              <p class="meta">
                <span>
                  {t.devices.createdAt} <Time locale={locale} at={createdAt} />
                </span>
                <span>
                  {t.devices.lastSeenAt} <Time locale={locale} at={lastSeenAt} />
                </span>
              </p>
            </div>
            {!current && (
              <button type="submit" class="second" formaction={`${path}/${id}`} aria-describedby={`d${id}`}>
                {t.devices.end}
              </button>
            )}
          </li>
        ))}
      </ul>
      {devices.length > 1 && (
        <div class="actions">
          <button type="submit" formaction={`${path}/others`}>
            {t.devices.endOthers}
          </button>
        </div>
      )}
    </form>
  )
}

/** What has happened to an account. */
export function ActivityList({ t, locale, entries }: ListProps & { entries: ActivityEntry[] }) {
  return (
    <ol class="panel rows">
      {entries.map((entry) => (
        <li>
          <div>
            <p>{t.activity.events[entry.event](entry)}</p>
            <p class="meta">
              <span>
                <DeviceAndCountry t={t} locale={locale} device={entry.device} country={entry.country} />
              </span>
              <Time locale={locale} at={entry.at} />
            </p>
          </div>
        </li>
      ))}
    </ol>
  )
}

/** Where a request came from: the device in the words of the API, and the name of the country in the reader's language. */
function DeviceAndCountry({ t, locale, device, country }: ListProps & Pick<Device, 'device' | 'country'>) {
  const countryNames = country === null ? [] : [new Intl.DisplayNames(locale, { type: 'region' }).of(country)]
  return <>{[device ?? t.devices.unknown, ...countryNames].join(', ')}</>
}
