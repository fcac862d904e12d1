import type { Texts } from '../texts/texts'

/** The script that asks browsers for passkeys. */
export const PasskeyScript = () => <script type="module" src="/console/passkeys.js" />

type Outcome = keyof Texts['passkeys']['outcomes']

/** Where passkeys.js says what came of a button: these words, and those of `failed` for whatever has none. */
export function PasskeyStatus({ t, outcomes }: { t: Texts; outcomes: readonly Outcome[] }) {
  const words = outcomes.map((name) => [`data-${name}`, t.passkeys.outcomes[name]])
  return <p class="outcome" role="status" {...Object.fromEntries(words)} />
}
