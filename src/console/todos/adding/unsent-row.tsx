import { HOME } from '../../page/local-path'
import type { Texts } from '../../texts/texts'

/** The page that adds several to-dos. */
export const LINES = `${HOME}/todos/lines`

/** What the script copies for each text that is on its way, or could not be sent. The attributes say what each state is called. */
export function UnsentRow({ t }: { t: Texts }) {
  const { quick } = t
  return (
    <template id="unsent-row">
      <li
        class="todo unsent"
        data-sending={quick.sending}
        data-unreachable={quick.unreachable}
        data-signed-out={quick.signedOut}
        data-refused={quick.refused}
        data-sign-in={quick.signIn}
      >
        <span class="toggle" aria-hidden="true" />
        <div class="body">
          <span class="contents" dir="auto" />
          <p class="state" role="status" />
        </div>
        <p class="row-actions">
          <button type="button" data-retry>
            {quick.retry}
          </button>
          <button type="button" data-edit>
            {quick.edit}
          </button>
          <button type="button" data-discard>
            {quick.discard}
          </button>
        </p>
      </li>
    </template>
  )
}

/** What the script copies when several lines are pasted. */
export function LinesOffer({ t: { quick } }: { t: Texts }) {
  return (
    <template id="lines-offer">
      <p class="lines-offer">
        <button type="button" data-all={quick.addLines} data-path={LINES} />
        <button type="button" class="second" data-one>
          {quick.asOne}
        </button>
      </p>
    </template>
  )
}
