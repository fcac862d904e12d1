import { MAX_RETURN_TO } from '../../log-in/social/schemas'
import type { ProviderId } from '../../users/provider-ids'
import type { PageContext } from '../page/console-env'
import { HOME, localPath, withQuery } from '../page/local-path'
import type { Texts } from '../texts/texts'
import { ProviderLogo } from './provider-logos'

/** A provider that people can log in with, as the API names it. */
export interface Provider {
  id: ProviderId
  name: string
}

/** The providers of this deployment. */
export async function readProviders(c: PageContext): Promise<Provider[]> {
  const answer = await c.var.api.auth.social.$get()
  return answer.status === 200 ? (await answer.json()).providers : []
}

/** Where a log-in by a provider comes back to. This page remembers the session, and leads on. */
const DONE = `${HOME}/sign-in/done`

/** The address that begins a log-in by a provider. It leads to the page `to` in the end, if the API takes so long an address. */
export function startPath(id: ProviderId, to: string): string {
  const returnTo = withQuery(DONE, { to: to === HOME ? null : to })
  return withQuery(`/api/v1/auth/social/${id}`, { returnTo: returnTo.length > MAX_RETURN_TO ? DONE : returnTo })
}

/** The page that somebody sees in the end if a log-in by a provider comes back to `path`. */
export const pageAfterSignIn = (path: string, requestUrl: string): string =>
  path.startsWith(DONE) ? localPath(new URL(path, requestUrl).searchParams.get('to'), requestUrl) : path

/** A link for each provider, as its guidelines ask for. They are plain links, so they work without JavaScript. */
export function ProviderButtons({ t, providers, to }: { t: Texts; providers: Provider[]; to: string }) {
  if (providers.length === 0) return null
  return (
    <>
      <ul class="providers">
        {providers.map(({ id, name }) => (
          <li>
            <a
              class={`provider ${id}`}
              href={startPath(id, to)}
              aria-describedby={id === 'test' ? 'only-here' : undefined}
            >
              <ProviderLogo id={id} />
              <span>{t.social.continueWith(id, name)}</span>
            </a>
            {id === 'test' && (
              <p id="only-here" class="hint">
                {t.social.onlyHere}
              </p>
            )}
          </li>
        ))}
      </ul>
      <p class="or">{t.social.or}</p>
    </>
  )
}
