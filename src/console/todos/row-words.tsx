import type { Texts } from '../texts/texts'

/** What the script says on a row. */
export function RowWords({ t: { quick } }: { t: Texts }) {
  return (
    <template
      id="row-words"
      data-gone={quick.goneElsewhere}
      data-changed={quick.changedElsewhere}
      data-not-done={quick.notDone}
      data-signed-out={quick.signedOut}
      data-sign-in={quick.signIn}
    />
  )
}
