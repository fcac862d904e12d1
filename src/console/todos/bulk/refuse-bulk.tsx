import type { PageContext } from '../../page/console-env'
import { renderPage } from '../../page/layout'
import { renderPart, wantsPart } from '../../page/part'
import type { Refusal } from '../../page/refusal'

const NOTHING_PICKED: Refusal = { errorCode: 'invalid_fields', fieldErrors: [], retryAfterSeconds: null }

/** Says why nothing was changed, and leads back to the list. */
export function refuseBulk(c: PageContext, listPath: string, text: string, refusal: Refusal = NOTHING_PICKED) {
  const { t } = c.var
  const message = (
    <div class="refused" role="alert">
      <p>{text}</p>
    </div>
  )
  if (wantsPart(c)) return renderPart(c, message, refusal)
  return renderPage(
    c,
    { title: t.errorTitle, section: 'todos', refusal },
    <>
      <h1>{t.errorTitle}</h1>
      {message}
      <p>
        <a href={listPath}>{t.back}</a>
      </p>
    </>,
  )
}
