import type { PageContext } from '../page/console-env'
import type { Challenge } from '../page/cookies'
import { Input, RefusalMessage } from '../page/fields'
import { renderPage } from '../page/layout'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { contactInWords, findLocalMessage, isOver, type LocalMessage } from './request-code'

interface CodeStepPage {
  challenge: Challenge
  refusal: Refusal | null
  /** The page to type another address or number. */
  changeHref: string
  section: 'account' | null
}

/** Asks for the code of a challenge. A second form, with the field `resend`, asks for another code. */
export async function showCodeStep(c: PageContext, { challenge, refusal, changeHref, section }: CodeStepPage) {
  const { t } = c.var
  const over = isOver(challenge) || refusal?.errorCode === 'code_attempts_exceeded'
  const message = over ? null : await findLocalMessage(c, challenge)
  // This page is already the one that asks for the code.
  const [ofResend, ofCode] =
    refusal?.codePath === undefined ? [null, refusal] : [{ ...refusal, codePath: undefined }, null]
  return renderPage(
    c,
    { title: t.code.title, section, refusal },
    <>
      <h1>{t.code.title}</h1>
      {over ? (
        <>
          <RefusalMessage t={t} refusal={ofCode} />
          {!ofCode && <p role="status">{challenge.isUsedUp ? t.error('code_attempts_exceeded') : t.code.expired}</p>}
        </>
      ) : (
        <>
          <p>{t.code.sent(contactInWords(c, challenge))}</p>
          <RefusalMessage t={t} refusal={ofCode} />
          {message && <Outbox t={t} message={message} />}
          <CodeForm t={t} refusal={ofCode} />
        </>
      )}
      <ResendForm t={t} challenge={challenge} refusal={ofResend} isOnlyWay={over} />
      <p>
        <a href={changeHref}>{t.code.change}</a>
      </p>
    </>,
  )
}

const CodeForm = ({ t, refusal }: { t: Texts; refusal: Refusal | null }) => (
  <form method="post">
    <Input
      t={t}
      name="code"
      label={t.code.label}
      refusal={refusal}
      inputmode="numeric"
      autocomplete="one-time-code"
      maxlength={20}
      required
      class="code"
      data-focus
      data-code="message"
    />
    <button type="submit">{t.code.submit}</button>
  </form>
)

interface ResendFormProps {
  t: Texts
  challenge: Challenge
  /** Why another code was not sent. */
  refusal: Refusal | null
  /** Whether there is no code that could still be entered. */
  isOnlyWay: boolean
}

function ResendForm({ t, challenge, refusal, isOnlyWay }: ResendFormProps) {
  return (
    <form method="post" class={isOnlyWay ? undefined : 'aside'}>
      <RefusalMessage t={t} refusal={refusal} />
      <button
        type="submit"
        class={isOnlyWay ? undefined : 'quiet'}
        name="resend"
        value="1"
        data-resend-at={refusal ? undefined : challenge.resendAt}
        data-focus={isOnlyWay || undefined}
      >
        {isOnlyWay ? t.code.request : t.code.resend}
      </button>
      {!isOnlyWay && <p class="hint">{t.code.resendHint}</p>}
    </form>
  )
}

/** Shows the message that would have been sent, so that a newcomer needs no phone and no mailbox. */
function Outbox({ t, message: found }: { t: Texts; message: LocalMessage }) {
  return (
    <section class="outbox" aria-labelledby="outbox">
      <h2 id="outbox">{t.code.outbox}</h2>
      {found.kind === 'here' ? (
        <>
          <output class="code">{found.message.code}</output>
          <blockquote>{found.message.text.trim()}</blockquote>
        </>
      ) : (
        <p>{found.kind === 'late' ? t.code.outboxEmpty : t.code.outboxHidden}</p>
      )}
    </section>
  )
}
