import type { ErrorCode } from '../../errors'
import { FRESH_FOR_MS } from '../../log-in/fresh-proof/require-fresh-proof'
import { hasPasswords } from '../../log-in/password/passwords-off'
import type { User } from '../../users/schemas'
import type { PageContext } from '../page/console-env'
import { Input, RefusalMessage } from '../page/fields'
import { text } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT, HOME } from '../page/local-path'
import { type Refusal, toAppError } from '../page/refusal'
import type { Texts } from '../texts/texts'

/** How users have to prove who they are before a change: not at all, with their password, or with a new sign-in. */
export type ProofNeeded = 'none' | 'password' | 'sign_in'

/** Who is signed in, and which proof the API will ask of them. */
export async function readUser(c: PageContext): Promise<{ user: User; proofNeeded: ProofNeeded }> {
  const answer = await c.var.api.auth.session.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  const { session, user } = await answer.json()
  const isFresh = Date.now() - Date.parse(session.createdAt) < FRESH_FOR_MS
  return { user, proofNeeded: isFresh ? 'none' : canUsePassword(c, user) ? 'password' : 'sign_in' }
}

/** Whether the user can prove who they are by a password. */
const canUsePassword = (c: PageContext, user: User): boolean => user.hasPassword && hasPasswords(c.var.config)

/** What a form sends to prove who the user is. An empty field is no proof. */
export const proofFields = { currentPassword: text.transform((password) => password || undefined) }

const PROOF_ERRORS: readonly ErrorCode[] = ['fresh_proof_required', 'wrong_password', 'too_many_attempts']

/** Whether a form was refused only because it lacks a valid proof. */
export const lacksProof = ({ errorCode }: Refusal): boolean => PROOF_ERRORS.includes(errorCode)

/** Whether the password alone is not enough. A new sign-in asks for the second factor too. */
const needsSecondFactor = ({ fieldErrors }: Refusal): boolean =>
  fieldErrors.some(({ path }) => path === '/secondFactorCode')

interface ProofPage {
  refusal: Refusal
  /** The text of the button. */
  submit: string
  /** What was typed into the form that was refused. It is sent again, with the proof. */
  fields?: Record<string, string>
  /** Where "Cancel" leads, and where a new sign-in comes back to. */
  backHref: string
}

/** Asks for the proof that a form lacked, and sends that form again. */
export async function showProofPage(c: PageContext, { refusal, submit, fields = {}, backHref }: ProofPage) {
  const { t } = c.var
  const { user } = await readUser(c)
  return renderPage(
    c,
    { title: t.proof.title, section: 'account', refusal },
    <>
      <h1>{t.proof.title}</h1>
      {canUsePassword(c, user) && !needsSecondFactor(refusal) ? (
        <>
          {refusal.errorCode === 'fresh_proof_required' ? (
            <p>{t.proof.byPassword}</p>
          ) : (
            <RefusalMessage t={t} refusal={refusal} />
          )}
          <form method="post">
            {Object.entries(fields).map(([name, value]) => (
              <input type="hidden" name={name} value={value} />
            ))}
            <CurrentPassword t={t} refusal={refusal} data-focus />
            <div class="actions">
              <button type="submit">{submit}</button>
              <a href={backHref} class="button second">
                {t.cancel}
              </a>
            </div>
          </form>
        </>
      ) : (
        <SignInAgain t={t} to={backHref} />
      )}
    </>,
  )
}

interface CurrentPasswordProps {
  t: Texts
  label?: string
  refusal: Refusal | null
  'data-focus'?: boolean
}

export function CurrentPassword({ t, refusal, ...rest }: CurrentPasswordProps) {
  return (
    <Input
      t={t}
      name="currentPassword"
      type="password"
      label={t.proof.currentPassword}
      refusal={refusal}
      autocomplete="current-password"
      required
      {...rest}
    />
  )
}

/** For users without a password: it ends their session, and they come back to `to` after a new sign-in. */
export function SignInAgain({ t, to }: { t: Texts; to: string }) {
  return (
    <>
      <p>{t.proof.bySignIn}</p>
      <form method="post" action={`${HOME}/sign-out`}>
        <input type="hidden" name="to" value={to} />
        <div class="actions">
          <button type="submit">{t.proof.signIn}</button>
          <a href={ACCOUNT} class="button second">
            {t.cancel}
          </a>
        </div>
      </form>
    </>
  )
}
