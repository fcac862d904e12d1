import type { ErrorCode } from '../../errors'
import { FRESH_FOR_MS } from '../../log-in/fresh-proof/require-fresh-proof'
import { hasPasswords } from '../../log-in/password/passwords-off'
import type { User } from '../../users/schemas'
import type { PageContext } from '../page/console-env'
import { Input, RefusalMessage } from '../page/fields'
import { text } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT, HOME } from '../page/local-path'
import { readSession } from '../page/person'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { readSecondFactor } from './read-second-factor'

/** How users have to prove who they are before a change: not at all, with their password, or with a new sign-in. */
export type ProofNeeded = 'none' | 'password' | 'sign_in'

/**
 * Who is signed in, and which proof the API will ask of them.
 * @param refusal why the API refused the form, if it did
 */
export async function readUser(
  c: PageContext,
  refusal: Refusal | null = null,
): Promise<{ user: User; proofNeeded: ProofNeeded }> {
  const { session, user } = await readSession(c)
  const isFresh = Date.now() - Date.parse(session.createdAt) < FRESH_FOR_MS
  const isEnough = isFresh && !(refusal && lacksProof(refusal))
  return { user, proofNeeded: isEnough ? 'none' : canUsePassword(c, user) ? 'password' : 'sign_in' }
}

/** Whether the user can prove who they are by a password. */
const canUsePassword = (c: PageContext, user: User): boolean => user.hasPassword && hasPasswords(c.var.config)

const optionalText = text.transform((typed) => typed || undefined)

/** What a form sends to prove who the user is. An empty field is no proof. */
export const proofFields = { currentPassword: optionalText, secondFactorCode: optionalText }

const PROOF_ERRORS: readonly ErrorCode[] = [
  'fresh_proof_required',
  'wrong_password',
  'wrong_second_factor',
  'too_many_attempts',
]

/** Whether a form was refused only because it lacks a valid proof. */
export const lacksProof = ({ errorCode }: Refusal): boolean => PROOF_ERRORS.includes(errorCode)

/** Whether the API asks for the second factor. */
const asksForCode = ({ fieldErrors, secondFactorCodes }: Refusal): boolean =>
  secondFactorCodes !== undefined || fieldErrors.some(({ path }) => path === '/secondFactorCode')

/** What can be typed as a proof: nothing, the password, or also a code of the second factor. */
type TypedProof = 'none' | 'password' | 'both'

async function readTypedProof(c: PageContext, refusal: Refusal): Promise<TypedProof> {
  if (!(await takesPassword(c, refusal))) return 'none'
  return asksForCode(refusal) || (await readSecondFactor(c)) !== null ? 'both' : 'password'
}

async function takesPassword(c: PageContext, { errorCode, methods }: Refusal): Promise<boolean> {
  // Every other refusal is about a password that was typed.
  if (errorCode !== 'fresh_proof_required') return true
  if (methods) return methods.includes('password')
  return canUsePassword(c, (await readUser(c)).user)
}

interface ProofPage {
  refusal: Refusal
  /** The text of the button. */
  submit: string
  /** What was typed into the form that was refused. It is sent again, with the proof. */
  fields?: Record<string, string>
  /** Where "Cancel" leads, and where a new sign-in comes back to. */
  backHref: string
  /** Where the form goes, if that is not the address of this page. */
  action?: string
  /** What has happened before the proof was asked for. */
  notice?: string
}

/** Asks for the proof that a form lacked, and sends that form again. */
export async function showProofPage(c: PageContext, page: ProofPage) {
  const { refusal, backHref, notice } = page
  const { t } = c.var
  const typed = await readTypedProof(c, refusal)
  // Nothing is wrong with fields that nobody has seen yet.
  const isFirst = !(await c.req.formData()).has('currentPassword')
  return renderPage(
    c,
    { title: t.proof.title, section: 'account', refusal },
    <>
      <h1>{t.proof.title}</h1>
      {notice !== undefined && <p role="status">{notice}</p>}
      {typed === 'none' ? (
        <SignInAgain t={t} to={backHref} withSecondFactor={asksForCode(refusal)} />
      ) : (
        <ProofForm t={t} page={page} withCode={typed === 'both'} faults={isFirst ? null : refusal} />
      )}
    </>,
  )
}

interface ProofFormProps {
  t: Texts
  page: ProofPage
  withCode: boolean
  /** Why the proof that was typed was refused. */
  faults: Refusal | null
}

function ProofForm({ t, page, withCode, faults }: ProofFormProps) {
  const { refusal, submit, fields = {}, backHref, action } = page
  return (
    <>
      {refusal.errorCode === 'fresh_proof_required' ? (
        <p>{withCode ? t.proof.byBoth : t.proof.byPassword}</p>
      ) : (
        <RefusalMessage t={t} refusal={refusal} />
      )}
      <form method="post" action={action}>
        {Object.entries(fields).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <CurrentPassword t={t} refusal={faults} data-focus />
        {withCode && <SecondFactorCode t={t} refusal={faults} />}
        <div class="actions">
          <button type="submit">{submit}</button>
          <a href={backHref} class="button second">
            {t.cancel}
          </a>
        </div>
      </form>
    </>
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

/** A code of the app, or a recovery code. It goes with the password. */
export const SecondFactorCode = ({ t, refusal }: Pick<CurrentPasswordProps, 't' | 'refusal'>) => (
  <Input
    t={t}
    name="secondFactorCode"
    label={t.secondFactor.label}
    hint={t.secondFactor.either}
    refusal={refusal}
    autocomplete="one-time-code"
    autocapitalize="characters"
    spellcheck={false}
    maxlength={40}
    required
  />
)

/** For users without a password: it ends their session, and they come back to `to` after a new sign-in. */
export function SignInAgain({ t, to, withSecondFactor }: { t: Texts; to: string; withSecondFactor?: boolean }) {
  return (
    <>
      <p>{withSecondFactor ? t.proof.bySignInWithBoth : t.proof.bySignIn}</p>
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
