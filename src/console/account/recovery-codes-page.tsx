import type { PageContext } from '../page/console-env'
import { renderPage } from '../page/layout'
import { SECOND_FACTOR } from '../page/local-path'

interface NewCodes {
  codes: string[]
  /** What the codes come with: the second factor was turned on, or they replace others. */
  because: 'turned_on' | 'replaced'
  /** The page that the user wanted; empty if none. */
  to: string
}

/** Shows new recovery codes, only this once: the page is the answer to the form that has made them. */
export function showRecoveryCodes(c: PageContext, { codes, because, to }: NewCodes) {
  const { config, t } = c.var
  const { kept } = t.twoStep
  const site = new URL(config.PUBLIC_ORIGIN).host
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(kept.file(site, codes.join('\n')))}`
  return renderPage(
    c,
    { title: kept.title, section: null, isShownOnce: true },
    <>
      <h1>{kept.title}</h1>
      <p role="status">{because === 'turned_on' ? kept.on : kept.replaced}</p>
      <p>{kept.text}</p>
      <section class="panel codes" aria-labelledby="codes-of">
        <h2 id="codes-of">{kept.of(site)}</h2>
        <ul>
          {codes.map((code) => (
            <li>
              <code>{code}</code>
            </li>
          ))}
        </ul>
      </section>
      <form method="post" action={`${SECOND_FACTOR}/kept`}>
        <input type="hidden" name="to" value={to} />
        <div class="actions">
          <button type="submit">{kept.done}</button>
          <a class="button second" href={file} download={`recovery-codes-${site.replaceAll(':', '-')}.txt`}>
            {kept.download}
          </a>
        </div>
      </form>
    </>,
  )
}
