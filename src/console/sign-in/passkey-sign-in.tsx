import { relyingPartyOf } from '../../log-in/passkey/relying-party'
import type { PageContext } from '../page/console-env'
import { RefusalMessage } from '../page/fields'
import { PasskeyScript, PasskeyStatus } from '../page/passkey-script'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'

/** Why a passkey did not sign in. */
export interface PasskeyRefusal extends Refusal {
  /** The passkey, if nobody has it for certain. The browser is told to offer it no more. */
  unknown: { rpId: string; credentialId: string } | null
}

/** Why a passkey with this id did not sign in. */
export function toPasskeyRefusal(c: PageContext, refusal: Refusal, credentialId: string): PasskeyRefusal {
  const isUnknown = refusal.errorCode === 'unknown_passkey'
  return { ...refusal, unknown: isUnknown ? { rpId: relyingPartyOf(c.var.config).id, credentialId } : null }
}

interface PasskeySignInProps {
  t: Texts
  action: string
  refusal: PasskeyRefusal | null
  /** Whether other ways to sign in come after it. */
  isFirst?: boolean
}

/** Signs in by a passkey. The form is hidden until passkeys.js knows that the browser can, which also fills it in. */
export function PasskeySignIn({ t, action, refusal, isFirst = false }: PasskeySignInProps) {
  const signals = refusal?.unknown && JSON.stringify({ signalUnknownCredential: refusal.unknown })
  return (
    <>
      <PasskeyScript />
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={action} data-passkey="sign-in" data-signals={signals ?? undefined} hidden>
        <input type="hidden" name="response" />
        <button type="button" class={isFirst ? undefined : 'second'} data-focus={isFirst || undefined}>
          {t.passkeys.signIn}
        </button>
        <PasskeyStatus t={t} outcomes={['cancelled', 'failed']} />
        {isFirst && <p class="or">{t.social.or}</p>}
      </form>
    </>
  )
}
