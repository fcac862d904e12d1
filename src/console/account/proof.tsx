import type { Context } from 'hono'
import type { ErrorCode } from '../../errors'
import { FRESH_FOR_MS } from '../../log-in/fresh-proof/require-fresh-proof'
import type { User } from '../../users/schemas'
import type { ConsoleEnv } from '../page/console-env'
import { Input, Refused } from '../page/fields'
import { typed } from '../page/form'
import { renderPage } from '../page/layout'
import { ACCOUNT, HOME } from '../page/local-path'
import { failureOf, type Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'

/** What the user can prove with that it is them: by now nothing is needed, or their password, or a sign-in. */
export type Proof = 'none' | 'password' | 'sign_in'

/** Who is signed in, and what the API is going to ask of them before it changes how they sign in. */
export async function readUser(c: Context<ConsoleEnv>): Promise<{ user: User; proof: Proof }> {
  const answer = await c.var.api.auth.session.$get()
  if (answer.status !== 200) throw await failureOf(answer)
  const { session, user } = await answer.json()
  const isFresh = Date.now() - Date.parse(session.createdAt) < FRESH_FOR_MS
  return { user, proof: isFresh ? 'none' : user.hasPassword ? 'password' : 'sign_in' }
}

/** The password that was typed as a proof, for the API; undefined if there was none. */
export const currentPassword = typed.transform((password) => password || undefined)

const ABOUT_PROOF: readonly ErrorCode[] = ['fresh_proof_required', 'wrong_password', 'too_many_attempts']

/** Whether a form was refused for the proof alone. */
export const lacksProof = ({ code }: Refusal): boolean => ABOUT_PROOF.includes(code)

/** Asks for the proof that a form lacked, and sends the form again with it: what was typed is `kept`. */
export async function showProof(
  c: Context<ConsoleEnv>,
  {
    refusal,
    submit,
    kept = {},
    back,
  }: { refusal: Refusal; submit: string; kept?: Record<string, string>; back: string },
) {
  const { t } = c.var.reader
  const { user } = await readUser(c)
  return renderPage(
    c,
    { title: t.proof.title, section: 'account', refusal },
    <>
      <h1>{t.proof.title}</h1>
      {user.hasPassword ? (
        <>
          {refusal.code === 'fresh_proof_required' ? <p>{t.proof.byPassword}</p> : <Refused t={t} refusal={refusal} />}
          <form method="post">
            {Object.entries(kept).map(([name, value]) => (
              <input type="hidden" name={name} value={value} />
            ))}
            <CurrentPassword t={t} refusal={refusal} data-focus />
            <div class="actions">
              <button type="submit">{submit}</button>
              <a href={back} class="button second">
                {t.cancel}
              </a>
            </div>
          </form>
        </>
      ) : (
        <SignInAgain t={t} to={back} />
      )}
    </>,
  )
}

export function CurrentPassword({
  t,
  refusal,
  ...rest
}: {
  t: Texts
  refusal: Refusal | null
  'data-focus'?: boolean
}) {
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

/** For who has no password to prove it with: they end this session, begin another one and come back. */
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
