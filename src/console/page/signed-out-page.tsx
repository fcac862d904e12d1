import { isOwnRequest } from '../../http/csrf'
import { readMediaType } from '../../http/media-type'
import type { PageContext } from './console-env'
import { FORM_TYPE, readFormOf } from './form'
import { renderPage } from './layout'
import { HOME } from './local-path'
import type { Refusal } from './refusal'

/** Fields with text of people. The other ones are sent again too, but nobody has to see them. */
const TYPED = ['contents', 'subtask', 'description', 'newLabels', 'lines', 'name']

/** The forms of to-dos and lists are below these paths. */
const KEPT = [`${HOME}/todos`, `${HOME}/lists`]

/** What no page may have in it. */
const SECRET = /password|code|token/i

/**
 * For a form of to-dos or lists whose session is over: it shows what was typed, and sends it again to `to` after a sign-in in another tab. Null
 * for other forms.
 */
export async function showSignedOut(c: PageContext, to: string): Promise<Response | null> {
  const [path = ''] = to.split('?')
  const isKept = KEPT.some((kept) => path === kept || path.startsWith(`${kept}/`))
  // Another site must not put words into a page of ours.
  if (!isKept || !isOwnRequest(c) || readMediaType(c.req.header('Content-Type') ?? null) !== FORM_TYPE) return null
  const form = (await c.req.bodyCache.formData) ?? (await readFormOf(c))
  const fields = [...form].flatMap(([name, value]) =>
    typeof value === 'string' && !SECRET.test(name) ? [{ name, value }] : [],
  )
  const typed = fields.filter(({ name, value }) => TYPED.includes(name) && value.trim() !== '')
  const { signedOut } = c.var.t
  return renderPage(
    c,
    { title: signedOut.title, section: null, refusal: SIGNED_OUT },
    <>
      <h1>{signedOut.title}</h1>
      <p role="alert">{signedOut.text}</p>
      {typed.length > 0 && (
        <section class="outbox" aria-labelledby="typed">
          <h2 id="typed">{signedOut.typed}</h2>
          {typed.map(({ value }) => (
            <blockquote dir="auto">{value}</blockquote>
          ))}
        </section>
      )}
      <form method="post" action={to}>
        {fields.map(({ name, value }) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <div class="actions">
          <a class="button" href={`${HOME}/sign-in`} target="_blank" rel="noopener">
            {signedOut.signIn}
          </a>
          <button type="submit" class="second">
            {signedOut.again}
          </button>
        </div>
      </form>
    </>,
  )
}

/** What somebody is told who is not signed in. */
export const SIGNED_OUT: Refusal = { errorCode: 'unauthenticated', fieldErrors: [], retryAfterSeconds: null }
