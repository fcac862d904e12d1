import type { PageContext } from '../page/console-env'
import { Notice, type NoticeName, type PageNotice, redirectWithNotice } from '../page/notice'
import { renderPart, wantsPart } from '../page/part'
import { UndoForm } from './undo-form'

/** Says what was done: on the page that the browser opens next, or in a toast of the page that it has open. */
export function said(c: PageContext, path: string, name: NoticeName, details: Omit<PageNotice, 'name'> = {}) {
  if (!wantsPart(c)) return redirectWithNotice(c, path, name, details)
  const notice = { name, ...details }
  return renderPart(
    c,
    <Notice t={c.var.t} notice={notice}>
      <UndoForm t={c.var.t} notice={notice} listPath={path} />
    </Notice>,
  )
}
