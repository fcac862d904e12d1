import type { ActivityEvent } from '../../activity/events'
import type { ActivityEntry } from '../../activity/schemas'
import { Time } from '../page/time'
import { type ActivityGroup, groupActivity } from './activity-groups'
import { DeviceIcon } from './device-icon'
import { DeviceAndCountry, type ListProps } from './device-pages'

/** What an owner should look at. */
const WARNINGS: readonly ActivityEvent[] = [
  'log_in_failed',
  'second_factor_failed',
  'proof_failed',
  'refresh_reused',
  'passkey_maybe_copied',
]

/** What has happened to an account. What happened many times in a row is one line, which opens. */
export const ActivityList = ({ entries, ...props }: ListProps & { entries: ActivityEntry[] }) => (
  <ol class="panel rows">
    {groupActivity(entries).map((group) => (
      <li>
        <Group {...props} group={group} />
      </li>
    ))}
  </ol>
)

function Group({ t, locale, group }: ListProps & { group: ActivityGroup }) {
  const { activity } = t
  const [newest] = group
  const { event, device, country } = newest
  const text = activity.events[event](newest)
  const first = group.at(-1) ?? newest
  return (
    <div class={WARNINGS.includes(event) ? 'device warning' : 'device'}>
      <DeviceIcon device={device} />
      <div>
        <p>
          {group.length === 1 ? text : (activity.many[event]?.(group.length) ?? activity.times(text, group.length))}
        </p>
        <p class="meta">
          <span>
            <DeviceAndCountry t={t} locale={locale} device={device} country={country} />
          </span>
          {group.length === 1 ? (
            <Time locale={locale} at={newest.at} />
          ) : (
            <>
              <span>
                {activity.first} <Time locale={locale} at={first.at} />
              </span>
              <span>
                {activity.last} <Time locale={locale} at={newest.at} />
              </span>
            </>
          )}
        </p>
        {group.length > 1 && (
          <details>
            <summary>{activity.each}</summary>
            <ol class="meta">
              {group.map(({ at }) => (
                <li>
                  <Time locale={locale} at={at} />
                </li>
              ))}
            </ol>
          </details>
        )}
      </div>
    </div>
  )
}
