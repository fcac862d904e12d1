import type { InferResponseType } from 'hono/client'
import type { Locale } from '../../locale'
import type { ApiClient } from '../page/api-client'
import { ACCOUNT } from '../page/local-path'
import { Time, timeInWords } from '../page/time'
import type { Provider } from '../sign-in/provider-buttons'
import { ProviderLogo } from '../sign-in/provider-logos'
import type { Texts } from '../texts/texts'

export type Identity = InferResponseType<ApiClient['users']['me']['identities']['$get'], 200>['identities'][number]

interface IdentityListProps {
  t: Texts
  locale: Locale
  identities: Identity[]
  /** The providers of this deployment. */
  providers: Provider[]
}

const PATH = `${ACCOUNT}/identities`

/** The identities at providers that are connected, each with a button that removes it, and buttons to connect more. */
export function IdentityList({ t, locale, identities, providers }: IdentityListProps) {
  if (identities.length === 0 && providers.length === 0) return null
  return (
    <>
      {identities.length > 0 && (
        <form method="post" aria-label={t.social.connected}>
          <ul class="panel rows">
            {identities.map(({ id, provider, name, label, createdAt, removalRequest }) => (
              <li>
                <div class="identity">
                  <span class={`logo ${provider}`}>
                    <ProviderLogo id={provider} />
                  </span>
                  <div>
                    <p id={`i${id}`}>
                      {t.social.name(provider, name)} {label !== null && <span class="hint">{label}</span>}
                    </p>
                    <p class="meta">
                      <span>
                        {t.social.since} <Time locale={locale} at={createdAt} />
                      </span>
                    </p>
                    {removalRequest && (
                      <p class="meta">
                        {t.social.removalAsked(
                          t.social.name(provider, name),
                          timeInWords(locale, removalRequest.effectiveAt),
                        )}
                      </p>
                    )}
                  </div>
                </div>
                <button type="submit" class="quiet danger" formaction={`${PATH}/${id}`} aria-describedby={`i${id}`}>
                  {t.social.remove}
                </button>
              </li>
            ))}
          </ul>
        </form>
      )}
      {providers.length > 0 && (
        <form method="post" aria-label={t.social.connectMore} class="actions">
          {providers.map(({ id, name }) => (
            <button type="submit" class="connect" formaction={`${PATH}/connect/${id}`}>
              <span class={`logo ${id}`}>
                <ProviderLogo id={id} />
              </span>
              {t.social.connect(id, name)}
            </button>
          ))}
        </form>
      )}
    </>
  )
}
