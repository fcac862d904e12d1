const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const
const WEEK_SECONDS = 7 * 86_400

/** Shows times as `5 minutes ago` if they are near, else in the time zone of the browser. Due dates stay as they are. */
export function showTimes(root: ParentNode): void {
  const locale = document.documentElement.lang
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const absolute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  for (const time of root.querySelectorAll<HTMLTimeElement>('time[datetime]:not(.due)')) {
    const at = new Date(time.dateTime)
    const seconds = (at.getTime() - Date.now()) / 1000
    const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3]
    time.title = absolute.format(at)
    time.textContent =
      Math.abs(seconds) < WEEK_SECONDS ? relative.format(Math.round(seconds / length), unit) : time.title
  }
}
