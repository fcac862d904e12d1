import type { PageContext } from '../page/console-env'
import { renderPage } from '../page/layout'
import { ACCOUNT } from '../page/local-path'

/** Says that a change has to wait, and until when. */
export function showAsked(c: PageContext, title: string, text: string) {
  return renderPage(
    c,
    { title, section: 'account' },
    <>
      <h1>{title}</h1>
      <p role="status">{text}</p>
      <p>
        <a href={ACCOUNT}>{c.var.t.account.title}</a>
      </p>
    </>,
  )
}
