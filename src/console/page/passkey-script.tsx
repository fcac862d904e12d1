import type { Texts } from '../texts/texts'

/** The script that asks browsers for passkeys. */
export const PasskeyScript = () => <script type="module" src="/console/passkeys.js" />

/** Where passkeys.js says what came of a button. It takes the words from here. */
export function PasskeyStatus({ t }: { t: Texts }) {
  const { cancelled, existing, unsuitable, failed } = t.passkeys.outcomes
  return (
    <p
      class="outcome"
      role="status"
      data-cancelled={cancelled}
      data-existing={existing}
      data-unsuitable={unsuitable}
      data-failed={failed}
    />
  )
}
