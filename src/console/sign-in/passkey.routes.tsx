import { relyingPartyOf } from '../../log-in/passkey/relying-party'
import { type LogInResponse, logInResponseSchema } from '../../log-in/passkey/schemas'
import { createPages, type PageContext } from '../page/console-env'
import { getChallenge } from '../page/cookies'
import { formFields, text } from '../page/form'
import { NOT_A_PASSKEY, readAnswer } from '../page/passkey-answer'
import { type Refusal, readFormRefusal } from '../page/refusal'
import { requireCookies } from '../page/require-cookies'
import { finishSignIn, showRecipientForm, signInPath } from './sign-in.routes'

/**
 * Signs in by a passkey. passkeys.js has asked the API for a challenge, and the browser for an answer. This passes the answer on, so that
 * the session begins as on the other pages.
 */
export const passkeySignInRoutes = createPages()
  // What the browser opens if somebody loads the page again after an error.
  .get('/sign-in/passkey', (c) => c.redirect(signInPath(c, '/sign-in'), 303))
  .post('/sign-in/passkey', requireCookies, formFields({ response: text }), async (c) => {
    const response = readAnswer(logInResponseSchema, c.req.valid('form').response)
    if (!response) return showRefusal(c, NOT_A_PASSKEY)
    const answer = await c.var.api.auth.passkeys['log-in'].$post({ json: { response } })
    if (answer.status !== 200) return showRefusal(c, await readFormRefusal(answer), response)
    return finishSignIn(c, { isNewAccount: false, offersPasskey: false })
  })

function showRefusal(c: PageContext, refusal: Refusal, response?: LogInResponse) {
  const isUnknown = refusal.errorCode === 'unknown_passkey'
  const { id: rpId } = relyingPartyOf(c.var.config)
  const unknown = isUnknown && response ? { rpId, credentialId: response.id } : null
  return showRecipientForm(c, getChallenge(c)?.to ?? '', null, { ...refusal, unknown })
}
