import { registrationResponseSchema } from '../../log-in/passkey/schemas'
import { createPages, type PageContext } from '../page/console-env'
import { rememberPasskey } from '../page/cookies'
import { formFields, text, trimmedText } from '../page/form'
import { ACCOUNT, localPath, resumePath } from '../page/local-path'
import { redirectWithNotice } from '../page/notice'
import { NOT_A_PASSKEY, readAnswer } from '../page/passkey-answer'
import { readFormRefusal } from '../page/refusal'
import { timeInWords } from '../page/time'
import { showAsked } from './asked-page'
import { PASSKEYS } from './passkey-list'
import { findPasskey, showNewPasskey, showPasskey } from './passkey-pages'
import { lacksProof, proofFields, showProofPage } from './proof'

const PASSKEY = '/passkeys/:id{[0-9a-f-]{36}}' as const

/** Adds, renames and removes passkeys. The overview of the account lists them. */
export const passkeyRoutes = createPages()
  // What the browser opens if somebody loads a page again after an error.
  .get('/passkeys', (c) => c.redirect(ACCOUNT, 303))
  .post(
    '/passkeys',
    formFields({ response: text, challengeToken: text, to: text, ...proofFields }),
    async (c): Promise<Response> => {
      const { response: field, challengeToken, to: path, ...proof } = c.req.valid('form')
      const to = localPath(path, c.req.url)
      // passkeys.js was not allowed to ask for a challenge.
      if (field === '') return begin(c, { to, proof })
      const response = readAnswer(registrationResponseSchema, field)
      if (!response) return showNewPasskey(c, { to, refusal: NOT_A_PASSKEY })
      const answer = await c.var.api.users.me.passkeys.$post({ json: { response, challengeToken } })
      if (answer.status !== 200 && answer.status !== 201) {
        return showNewPasskey(c, { to, refusal: await readFormRefusal(answer) })
      }
      rememberPasskey(c)
      // Where a second factor is required, the passkey is one: the session gets a token that can do everything.
      const next = c.var.config.REQUIRE_SECOND_FACTOR === 'all' ? resumePath(to) : to
      return redirectWithNotice(c, next, 'passkey_added', { about: (await answer.json()).name })
    },
  )
  .get(PASSKEY, (c) => showPasskey(c, null))
  .post(PASSKEY, formFields({ name: trimmedText }), async (c) => {
    const { name } = c.req.valid('form')
    const answer = await c.var.api.users.me.passkeys[':id'].$patch({ param: c.req.param(), json: { name } })
    if (answer.status === 200) return redirectWithNotice(c, ACCOUNT, 'saved')
    // Somebody has removed it meanwhile.
    if (answer.status === 404) return c.redirect(ACCOUNT, 303)
    return showPasskey(c, await readFormRefusal(answer), name)
  })
  .post(`${PASSKEY}/remove`, formFields(proofFields), async (c) => {
    const passkey = await findPasskey(c)
    if (!passkey) return c.redirect(ACCOUNT, 303)
    const { id, name } = passkey
    const { locale, t } = c.var
    const answer = await c.var.api.users.me.passkeys[':id'].$delete({ param: { id }, json: c.req.valid('form') })
    if (answer.status === 204) return redirectWithNotice(c, ACCOUNT, 'passkey_removed', { about: name })
    if (answer.status === 202) {
      const { effectiveAt } = await answer.json()
      return showAsked(c, name, t.passkeys.asked(name, timeInWords(locale, effectiveAt)))
    }
    const refusal = await readFormRefusal(answer)
    if (!lacksProof(refusal)) return showPasskey(c, refusal)
    return showProofPage(c, { refusal, submit: t.passkeys.remove, backHref: `${PASSKEYS}/${id}` })
  })

interface Begin {
  to: string
  /** What the form has of a proof of who the user is. */
  proof: Record<keyof typeof proofFields, string | undefined>
}

/** Asks the API for a challenge, with a proof if that was what was missing. The page then has it for passkeys.js. */
async function begin(c: PageContext, { to, proof }: Begin): Promise<Response> {
  const answer = await c.var.api.users.me.passkeys.options.$post({ json: proof })
  if (answer.status === 200) return showNewPasskey(c, { to, options: await answer.json() })
  const refusal = await readFormRefusal(answer)
  if (!lacksProof(refusal)) return showNewPasskey(c, { to, refusal })
  return showProofPage(c, { refusal, submit: c.var.t.passkeys.add, fields: { to }, backHref: ACCOUNT })
}
