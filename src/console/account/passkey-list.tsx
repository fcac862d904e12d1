import type { InferResponseType } from 'hono/client'
import type { Locale } from '../../locale'
import { namesOf } from '../../log-in/passkey/creation-options'
import { MAX_PASSKEYS } from '../../users/passkeys'
import type { User } from '../../users/schemas'
import { AddPasskeyForm } from '../page/add-passkey-form'
import type { ApiClient } from '../page/api-client'
import type { PageContext } from '../page/console-env'
import { ACCOUNT } from '../page/local-path'
import { toAppError } from '../page/refusal'
import { Time, timeInWords } from '../page/time'
import type { Texts } from '../texts/texts'

export type PasskeyListAnswer = InferResponseType<ApiClient['users']['me']['passkeys']['$get'], 200>
type Passkey = PasskeyListAnswer['passkeys'][number]

export const PASSKEYS = `${ACCOUNT}/passkeys`

export async function readPasskeys(c: PageContext): Promise<PasskeyListAnswer> {
  const answer = await c.var.api.users.me.passkeys.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  return answer.json()
}

interface PasskeyProps {
  t: Texts
  locale: Locale
}

/** The passkeys of an account, each with a link to its page, and a button that adds one. */
export function PasskeyList({ t, locale, user, answer }: PasskeyProps & { user: User; answer: PasskeyListAnswer }) {
  const { passkeys } = answer
  return (
    <>
      <h2>{t.passkeys.title}</h2>
      <div class="passkeys" data-signals={JSON.stringify(signalsOf(user, answer))}>
        {passkeys.length > 0 && (
          <ul class="panel rows">
            {passkeys.map((passkey) => (
              <li>
                <a href={`${PASSKEYS}/${passkey.id}`}>
                  <span>{passkey.name}</span> <PasskeyFacts t={t} locale={locale} passkey={passkey} />
                </a>
              </li>
            ))}
          </ul>
        )}
        {passkeys.length < MAX_PASSKEYS ? (
          <AddPasskeyForm t={t} to={ACCOUNT} isSecond />
        ) : (
          <p class="hint">{t.passkeys.full}</p>
        )}
      </div>
    </>
  )
}

/** What is known of a passkey besides its name. */
export function PasskeyFacts({ t, locale, passkey }: PasskeyProps & { passkey: Passkey }) {
  const { name, keptBy, isBackedUp, createdAt, lastUsedAt, removalRequest } = passkey
  return (
    <span>
      <span class="meta">
        {keptBy !== null && keptBy !== name && <span>{t.passkeys.keptBy(keptBy)}</span>}
        <span>{isBackedUp ? t.passkeys.isSynced : t.passkeys.isOnOneDevice}</span>
        <span>
          {t.passkeys.createdAt} <Time locale={locale} at={createdAt} />
        </span>
        <span>
          {lastUsedAt === null ? (
            t.passkeys.neverUsed
          ) : (
            <>
              {t.passkeys.lastUsedAt} <Time locale={locale} at={lastUsedAt} />
            </>
          )}
        </span>
      </span>
      {removalRequest && (
        <span class="meta">{t.passkeys.removalAsked(timeInWords(locale, removalRequest.effectiveAt))}</span>
      )}
    </span>
  )
}

/** What passkeys.js tells the browser: which passkeys there are, so that it offers no other ones, and what the user is called now. */
const signalsOf = (user: User, { rpId, userHandle: userId, passkeys }: PasskeyListAnswer) => ({
  signalAllAcceptedCredentials: {
    rpId,
    userId,
    allAcceptedCredentialIds: passkeys.map(({ credentialId }) => credentialId),
  },
  signalCurrentUserDetails: { rpId, userId, ...namesOf(user) },
})
