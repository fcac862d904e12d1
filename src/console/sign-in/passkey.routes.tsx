import { logInResponseSchema } from '../../log-in/passkey/schemas'
import { createPages, type PageContext } from '../page/console-env'
import { forgetPasskey, getChallenge, rememberPasskey } from '../page/cookies'
import { formFields, text } from '../page/form'
import { NOT_A_PASSKEY, readAnswer } from '../page/passkey-answer'
import { readFormRefusal } from '../page/refusal'
import { requireCookies } from '../page/require-cookies'
import { type PasskeyRefusal, toPasskeyRefusal } from './passkey-sign-in'
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
    if (!response) return showRefusal(c, { ...NOT_A_PASSKEY, unknown: null })
    const answer = await c.var.api.auth.passkeys['log-in'].$post({ json: { response } })
    if (answer.status !== 200) {
      const refusal = toPasskeyRefusal(c, await readFormRefusal(answer), response.id)
      if (refusal.unknown) forgetPasskey(c)
      return showRefusal(c, refusal)
    }
    rememberPasskey(c)
    return finishSignIn(c, { isNewAccount: false, offersPasskey: false })
  })

const showRefusal = (c: PageContext, refusal: PasskeyRefusal) =>
  showRecipientForm(c, getChallenge(c)?.to ?? '', null, refusal)
