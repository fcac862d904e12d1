import type { Texts } from '../../texts/texts'

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
