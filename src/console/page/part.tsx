import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { PageContext } from './console-env'
import { RefusalMessage } from './fields'
import { type Refusal, statusOf } from './refusal'

/*
 * The script of the pages sends the same forms to the same addresses as a browser without a script. With this header it asks for no page,
 * but for the part of it that has changed, as HTML.
 */

const PART_HEADER = 'Latchkey-Part'

/** Whether the script asks, which wants a part of a page. */
export const wantsPart = (c: PageContext): boolean => c.req.header(PART_HEADER) !== undefined

/** Answers with a part of a page. */
export function renderPart(c: PageContext, part: Child, refusal: Refusal | null = null) {
  const retryAfterSeconds = refusal?.retryAfterSeconds ?? null
  const headers = retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) }
  return c.html(html`${part}`, statusOf(refusal), headers)
}

/** Says why what the script sent was refused. The status is that of the API: 401 if nobody is signed in. */
export const renderRefusedPart = (c: PageContext, refusal: Refusal) =>
  renderPart(c, <RefusalMessage t={c.var.t} refusal={refusal} />, refusal)
