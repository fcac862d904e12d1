import type { Texts } from '../texts/texts'
import { AddPasskeyForm } from './add-passkey-form'

/** Offers a passkey after a log-in without one. It is hidden until passkeys.js knows that the browser can and the account has none. */
export function PasskeyOffer({ t, to }: { t: Texts; to: string }) {
  const { title, text, notNow } = t.passkeys.offer
  return (
    <div data-passkey-offer hidden>
      <section class="offer" aria-labelledby="passkey-offer">
        <div>
          <h2 id="passkey-offer">{title}</h2>
          <p>{text}</p>
        </div>
        <AddPasskeyForm t={t} to={to}>
          <button type="button" class="second" data-dismiss>
            {notNow}
          </button>
        </AddPasskeyForm>
      </section>
    </div>
  )
}
