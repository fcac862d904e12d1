import { HOME, withQuery } from '../../page/local-path'
import type { Texts } from '../../texts/texts'

interface HeadProps {
  t: Texts
  title: string
  /** The path and query of the page of the list. */
  listPath: string
  /** The path and query of the to-do. */
  path: string
}

/** The heading, whether it is saved, and what closes a panel. On a page of its own the link at the foot of the form is enough. */
export const Head = ({ t, title, listPath, path }: HeadProps) => (
  <header class="panel-head">
    <h1>{title}</h1>
    <SaveStatus t={t} path={path} />
    <a href={listPath} class="panel-close" data-close>
      <span class="unseen">{t.panel.close}</span>
    </a>
  </header>
)

/** Where console.js says whether the form is saved, in these words. */
function SaveStatus({ t: { panel }, path }: { t: Texts; path: string }) {
  const { saving, saved, unsaved, signedOut } = panel
  const words = { saving, saved, unsaved, 'not-saved': panel.notSaved, 'signed-out': signedOut }
  return (
    <>
      <p
        class="outcome"
        role="status"
        {...Object.fromEntries(Object.entries(words).map(([name, word]) => [`data-${name}`, word]))}
      />
      <button type="button" class="second retry" hidden>
        {panel.tryAgain}
      </button>
      <a class="sign-in" href={withQuery(`${HOME}/sign-in`, { to: path })} hidden>
        {panel.signIn}
      </a>
    </>
  )
}
