import type { Challenge } from '../page/cookies'
import { Input, RefusalMessage } from '../page/fields'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import type { LocalMessage } from './request-code'

interface CodeStepProps {
  t: Texts
  challenge: Challenge
  refusal: Refusal | null
  /** See `findLocalMessage`. */
  message: LocalMessage | null
  /** The page to type another address or number. */
  changeHref: string
}

/** Asks for the code of a challenge. A second form, with the field `resend`, asks for another code. */
export function CodeStep({ t, challenge, refusal, message, changeHref }: CodeStepProps) {
  return (
    <>
      <h1>{t.code.title}</h1>
      <p>{t.code.sent(challenge.to)}</p>
      <RefusalMessage t={t} refusal={refusal} />
      {message && <Outbox t={t} message={message} />}
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
          data-code
        />
        <button type="submit">{t.code.submit}</button>
      </form>
      <form method="post" class="aside">
        <button type="submit" class="quiet" name="resend" value="1" data-resend-at={challenge.resendAt}>
          {t.code.resend}
        </button>
        <p class="hint">{t.code.resendHint}</p>
      </form>
      <p>
        <a href={changeHref}>{t.code.change}</a>
      </p>
    </>
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
