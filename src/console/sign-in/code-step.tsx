import type { OutboxMessage } from '../../delivery/outbox'
import type { Challenge } from '../page/cookies'
import { Input, RefusalMessage } from '../page/fields'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'

interface CodeStepProps {
  t: Texts
  challenge: Challenge
  refusal: Refusal | null
  /** See `findLocalMessage`. */
  message: OutboxMessage | null | undefined
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
      {message !== undefined && <LocalMessage t={t} message={message} />}
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
function LocalMessage({ t, message }: { t: Texts; message: OutboxMessage | null }) {
  return (
    <section class="outbox" aria-labelledby="outbox">
      <h2 id="outbox">{t.code.outbox}</h2>
      {message ? (
        <>
          <output class="code">{message.code}</output>
          <blockquote>{message.text.trim()}</blockquote>
        </>
      ) : (
        <p>{t.code.outboxEmpty}</p>
      )}
    </section>
  )
}
