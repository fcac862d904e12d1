import { generate } from 'lean-qr'
import { toSvgPath } from 'lean-qr/extras/svg'
import type { Locale } from '../../locale'
import type { TotpSetUp } from '../page/cookies'
import { Input, RefusalMessage } from '../page/fields'
import { ACCOUNT, SECOND_FACTOR, withQuery } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import { Time } from '../page/time'
import type { Texts } from '../texts/texts'

interface SetUpPageProps {
  t: Texts
  locale: Locale
  setUp: TotpSetUp
  /** The page that the user wanted; empty if none. */
  to: string
  refusal: Refusal | null
}

/** Shows the secret of an authenticator app in three ways, and asks for its first code. A wrong code changes none of it. */
export function SetUpPage({ t, locale, setUp: { uri, expiresAt }, to, refusal }: SetUpPageProps) {
  const { setUp } = t.twoStep
  const secret = new URL(uri).searchParams.get('secret') ?? ''
  return (
    <>
      <p>{setUp.what}</p>
      <p>{setUp.scan}</p>
      <QrCode uri={uri} label={setUp.qr} />
      <p>
        <a class="button second" href={uri}>
          {setUp.open}
        </a>
      </p>
      <dl>
        <dt>{setUp.key}</dt>
        <dd class="secret">
          {(secret.match(/.{1,4}/g) ?? []).map((group) => (
            <>
              <span>{group}</span>
              <wbr />
            </>
          ))}
        </dd>
      </dl>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={`${SECOND_FACTOR}/confirm`}>
        <input type="hidden" name="to" value={to} />
        <Input
          t={t}
          name="code"
          label={setUp.code}
          hint={setUp.codeHint}
          refusal={refusal}
          inputmode="numeric"
          autocomplete="one-time-code"
          maxlength={20}
          required
          class="code"
          data-code="app"
        />
        <div class="actions">
          <button type="submit">{t.code.submit}</button>
          <a href={to === '' ? ACCOUNT : withQuery(SECOND_FACTOR, { to })} class="button second">
            {t.cancel}
          </a>
        </div>
      </form>
      <form method="post" action={`${SECOND_FACTOR}/set-up`} class="aside">
        <input type="hidden" name="to" value={to} />
        <button type="submit" class="quiet">
          {setUp.again}
        </button>
        <p class="hint">
          {setUp.until} <Time locale={locale} at={expiresAt} />
        </p>
      </form>
    </>
  )
}

/** The empty modules around a code (ISO/IEC 18004, 9.1). */
const QUIET = 4

/** A QR code, dark on light in both colour schemes: not every app reads the reverse. Its markup is ours, so the policy of the pages allows it. */
function QrCode({ uri, label }: { uri: string; label: string }) {
  const code = generate(uri)
  const width = code.size + 2 * QUIET
  return (
    <svg class="qr" viewBox={`${-QUIET} ${-QUIET} ${width} ${width}`} role="img" aria-label={label}>
      <rect x={-QUIET} y={-QUIET} width={width} height={width} fill="#fff" />
      <path d={toSvgPath(code)} fill="#000" shape-rendering="crispEdges" />
    </svg>
  )
}
