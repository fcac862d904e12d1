import { nameOfProvider } from '../../log-in/social/providers'
import { PROVIDER_IDS, type ProviderId } from '../../users/provider-ids'
import type { PageContext } from '../page/console-env'
import { removeWaitingIdentity, type WaitingIdentity } from '../page/cookies'
import { redirectWithNotice } from '../page/notice'

/** The provider that the address of a page names. */
export const providerOf = (c: PageContext): ProviderId | undefined =>
  PROVIDER_IDS.find((one) => one === c.req.query('provider'))

/** What people call the provider. */
export function nameOf(c: PageContext): string | undefined {
  const id = providerOf(c)
  const { config, t } = c.var
  return id && t.social.name(id, nameOfProvider(config, id))
}

/** Connects the identity that waits. The API gets the cookies of the session that has just begun, which is a fresh proof. */
export async function connectIdentity(
  c: PageContext,
  { linkToken }: WaitingIdentity,
  wantedPage: string,
): Promise<Response> {
  const linked = await c.var.api.users.me.identities.$post({ json: { linkToken } })
  removeWaitingIdentity(c)
  const notice = linked.ok ? 'identity_connected' : 'identity_not_connected'
  return redirectWithNotice(c, wantedPage, notice, { about: nameOf(c) ?? '' })
}
