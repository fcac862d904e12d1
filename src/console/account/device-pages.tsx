import type { Locale } from '../../locale'
import type { Device } from '../../sessions/schemas'
import { ACCOUNT } from '../page/local-path'
import { Time } from '../page/time'
import type { Texts } from '../texts/texts'
import { DeviceIcon } from './device-icon'

export interface ListProps {
  t: Texts
  locale: Locale
}

/** The devices on which a user is signed in, each with a button that ends its session. */
export function DeviceList({ t, locale, devices }: ListProps & { devices: Device[] }) {
  const path = `${ACCOUNT}/devices`
  return (
    <form method="post" aria-label={t.devices.title}>
      <ul class="panel rows devices">
        {devices.map(({ id, createdAt, lastSeenAt, current, device, country }) => (
          <li>
            <div class="device">
              <DeviceIcon device={device} />
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
                {!current && <NotYou t={t} id={id} action={`${path}/${id}/not-me`} />}
              </div>
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

/** For a device that its owner does not know: it ends the session, and leads on to what locks others out. */
const NotYou = ({ t, id, action }: { t: Texts; id: string; action: string }) => (
  <details>
    <summary aria-describedby={`d${id}`}>{t.devices.notYou}</summary>
    <p class="hint">{t.devices.notYouText}</p>
    <button type="submit" class="second danger" formaction={action} aria-describedby={`d${id}`}>
      {t.devices.notYouSubmit}
    </button>
  </details>
)

/** Where a request came from: the device in the words of the API, and the name of the country in the reader's language. */
export function DeviceAndCountry({ t, locale, device, country }: ListProps & Pick<Device, 'device' | 'country'>) {
  const countryNames = country === null ? [] : [new Intl.DisplayNames(locale, { type: 'region' }).of(country)]
  return <>{[device ?? t.devices.unknown, ...countryNames].join(', ')}</>
}
