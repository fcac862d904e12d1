import { ACCOUNT } from '../page/local-path'
import type { Texts } from '../texts/texts'

/** Offers the zone of the browser to somebody whose profile has none. The script shows it, because only the browser knows the zone. */
export const ZoneOffer = ({ t, listPath }: { t: Texts; listPath: string }) => (
  <form class="zone-offer" method="post" action={`${ACCOUNT}/time-zone`} hidden>
    <p>{t.timeZone.offer}</p>
    <input type="hidden" name="to" value={listPath} />
    <button type="submit" class="second" name="timeZone" data-text={t.timeZone.use} />
  </form>
)
