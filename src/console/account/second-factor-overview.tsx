import type { SecondFactor } from '../../account-data/second-factor'
import type { Locale } from '../../locale'
import { FEW_LEFT } from '../../log-in/second-factor/recovery-codes'
import { AddPasskeyForm } from '../page/add-passkey-form'
import { ACCOUNT, SECOND_FACTOR } from '../page/local-path'
import { Time, timeInWords } from '../page/time'
import type { Texts } from '../texts/texts'

interface SecondFactorProps {
  t: Texts
  locale: Locale
  secondFactor: SecondFactor | null
}

/** How many recovery codes are left. It says what to do if there are few. */
function CodesLeft({ t, left }: { t: Texts; left: number }) {
  if (left > FEW_LEFT) return <span>{t.twoStep.left(left)}</span>
  return <span class="urgent">{left === 0 ? t.twoStep.noneLeft : t.twoStep.fewLeft(left)}</span>
}

/** The second factor among everything about the account. Its rows lead to the page that changes it. */
export function SecondFactorRows({ t, locale, secondFactor }: SecondFactorProps) {
  const { twoStep } = t
  return (
    <>
      <h2>{twoStep.title}</h2>
      <ul class="panel rows">
        <li>
          <a href={SECOND_FACTOR}>
            <span class="hint">{twoStep.app}</span>{' '}
            {secondFactor ? (
              <span>
                {twoStep.onSince} <Time locale={locale} at={secondFactor.since} />
              </span>
            ) : (
              <span>{twoStep.off}</span>
            )}
          </a>
        </li>
        {secondFactor && (
          <li>
            <a href={SECOND_FACTOR}>
              <span class="hint">{twoStep.codes}</span> <CodesLeft t={t} left={secondFactor.recoveryCodesLeft} />
            </a>
          </li>
        )}
      </ul>
    </>
  )
}

/** Until when this deployment wants the account to have a second factor. An open session may go on for some minutes after that. */
export function SetUpBanner({ t, locale, dueAt }: Omit<SecondFactorProps, 'secondFactor'> & { dueAt: string | null }) {
  if (dueAt === null) return null
  const isOver = Date.parse(dueAt) <= Date.now()
  return (
    <div class="notice">
      <p>{isOver ? t.twoStep.required : t.twoStep.dueAt(timeInWords(locale, dueAt))}</p>
      <a href={SECOND_FACTOR}>{t.twoStep.turnOn}</a>
    </div>
  )
}

interface TurnOnFormProps {
  t: Texts
  /** Where the user wanted to go; empty if nowhere else. */
  to: string
  /** Whether a passkey will do instead: where a second factor is required, it is one. */
  orPasskey: boolean
  /** Whether the account has one. */
  hasPasskey: boolean
}

/** The form that turns the second factor on. */
export function TurnOnForm({ t, to, orPasskey, hasPasskey }: TurnOnFormProps) {
  const { twoStep } = t
  return (
    <>
      {to !== '' && <p role="alert">{twoStep.required}</p>}
      <p>{hasPasskey ? twoStep.byPasskey : twoStep.why}</p>
      <form method="post" action={`${SECOND_FACTOR}/set-up`}>
        <input type="hidden" name="to" value={to} />
        <div class="actions">
          <button type="submit">{twoStep.turnOn}</button>
        </div>
      </form>
      {orPasskey && (
        <AddPasskeyForm t={t} to={to || ACCOUNT} {...(!hasPasskey && { intro: twoStep.orPasskey })} isSecond />
      )}
    </>
  )
}

/** A second factor that is on, with a button for each change. */
export function SecondFactorDetails({ t, locale, secondFactor }: SecondFactorProps & { secondFactor: SecondFactor }) {
  const { twoStep } = t
  const { since, confirmedAt, recoveryCodesLeft, erasureRequest } = secondFactor
  return (
    <>
      <p>{twoStep.isOn}</p>
      {erasureRequest && <p role="alert">{twoStep.erasure(timeInWords(locale, erasureRequest.effectiveAt))}</p>}
      <form method="post" aria-label={twoStep.title}>
        <ul class="panel rows">
          <li>
            <div>
              <p>{twoStep.app}</p>
              <p class="meta">
                <span>
                  {twoStep.onSince} <Time locale={locale} at={since} />
                </span>
                {confirmedAt !== since && (
                  <span>
                    {twoStep.setUpAt} <Time locale={locale} at={confirmedAt} />
                  </span>
                )}
              </p>
            </div>
            <button type="submit" class="second" formaction={`${SECOND_FACTOR}/set-up`}>
              {twoStep.replace}
            </button>
          </li>
          <li>
            <div>
              <p>{twoStep.codes}</p>
              <p class="meta">
                <CodesLeft t={t} left={recoveryCodesLeft} />
              </p>
            </div>
            <button type="submit" class="second" formaction={`${SECOND_FACTOR}/recovery-codes`}>
              {twoStep.newCodes}
            </button>
          </li>
        </ul>
      </form>
      <form method="post" action={`${SECOND_FACTOR}/off`} class="aside">
        <button type="submit" class="quiet danger">
          {twoStep.turnOff}
        </button>
      </form>
    </>
  )
}
