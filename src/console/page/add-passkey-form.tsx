import type { Child } from 'hono/jsx'
import type { Texts } from '../texts/texts'
import { ACCOUNT } from './local-path'
import { PasskeyScript, PasskeyStatus } from './passkey-script'

interface AddPasskeyFormProps {
  t: Texts
  /** The page that says that it is added. */
  to: string
  /** What the API asks the authenticator, if it was asked already. Otherwise passkeys.js asks it. */
  options?: object
  /** Whether the button looks like one beside others. */
  isSecond?: boolean
  /** What stands above the button. */
  intro?: string
  /** More buttons. */
  children?: Child
}

/** Adds a passkey. The form is hidden until passkeys.js knows that the browser can, which also fills it in. */
export function AddPasskeyForm({ t, to, options, isSecond = false, intro, children }: AddPasskeyFormProps) {
  return (
    <>
      <PasskeyScript />
      <form
        method="post"
        action={`${ACCOUNT}/passkeys`}
        data-passkey="add"
        data-options={options && JSON.stringify(options)}
        hidden
      >
        <input type="hidden" name="to" value={to} />
        <input type="hidden" name="response" />
        <input type="hidden" name="challengeToken" />
        {intro !== undefined && <p>{intro}</p>}
        <div class="actions">
          <button type="button" class={isSecond ? 'second' : undefined}>
            {t.passkeys.add}
          </button>
          {children}
        </div>
        <PasskeyStatus t={t} outcomes={['cancelled', 'existing', 'unsuitable', 'failed']} />
      </form>
    </>
  )
}
