import { createPages, type PageContext } from '../page/console-env'
import { formFields } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT, withQuery } from '../page/local-path'
import { redirectWithNotice } from '../page/notice'
import { type Refusal, readFormRefusal } from '../page/refusal'
import { timeInWords } from '../page/time'
import { type Provider, readProviders } from '../sign-in/provider-buttons'
import { readIdentities, showOverview } from './account-overview'
import { showAsked } from './asked-page'
import { lacksProof, proofFields, showProofPage } from './proof'

/** Connects identities at providers, and removes them. The overview of the account lists them. */
export const identityRoutes = createPages()
  .post('/identities/connect/:provider', formFields(proofFields), async (c) => {
    const provider = (await readProviders(c)).find(({ id }) => id === c.req.param('provider'))
    if (!provider) return c.redirect(ACCOUNT, 303)
    const { id, name } = provider
    const answer = await c.var.api.auth.social[':provider'].link.$post({
      param: { provider: id },
      json: { returnTo: withQuery(ACCOUNT, { provider: id }), ...c.req.valid('form') },
    })
    if (answer.status !== 200) return showRefusal(c, await readFormRefusal(answer), c.var.t.social.connect(id, name))
    return leadTo(c, provider, (await answer.json()).authorizationUrl)
  })
  .post('/identities/:id{[0-9a-f-]{36}}', formFields(proofFields), async (c) => {
    const id = c.req.param('id')
    const removed = (await readIdentities(c)).find((identity) => identity.id === id)
    if (!removed) return c.redirect(ACCOUNT, 303)
    const answer = await c.var.api.users.me.identities[':id'].$delete({ param: { id }, json: c.req.valid('form') })
    const { locale, t } = c.var
    const about = t.social.name(removed.provider, removed.name)
    if (answer.status === 202) {
      const { effectiveAt } = await answer.json()
      return showAsked(c, about, t.social.asked(about, timeInWords(locale, effectiveAt)))
    }
    if (answer.status !== 204) return showRefusal(c, await readFormRefusal(answer), t.social.remove)
    return redirectWithNotice(c, ACCOUNT, 'identity_removed', { about })
  })

/** Asks for a proof if only that is missing, else shows what is wrong. `submit` is the text of the button. */
const showRefusal = (c: PageContext, refusal: Refusal, submit: string) =>
  lacksProof(refusal) ? showProofPage(c, { refusal, submit, backHref: ACCOUNT }) : showOverview(c, refusal)

/** A page that opens the provider at once. A redirect would not do: browsers follow none to another site after a form of ours. */
function leadTo(c: PageContext, { id, name }: Provider, authorizationUrl: string) {
  const { t } = c.var
  const { title, text, go } = t.social.connecting
  return renderPage(
    c,
    { title, section: null, refreshTo: authorizationUrl },
    <>
      <h1>{title}</h1>
      <p>
        {text(t.social.name(id, name))} <a href={authorizationUrl}>{go}</a>
      </p>
    </>,
  )
}
