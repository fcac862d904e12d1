import { HOME } from '../page/local-path'
import type { NoticeName, PageNotice } from '../page/notice'
import type { Texts } from '../texts/texts'

interface UndoFormProps {
  t: Texts
  notice: PageNotice | null
  /** The path and query of the page. */
  listPath: string
}

/** Notices of a deletion. */
const DELETED: readonly string[] = ['deleted', 'bulk_deleted'] satisfies NoticeName[]

/** Takes back what the notice says: restores to-dos that were deleted, and opens those again that were completed. */
export function UndoForm({ t, notice, listPath }: UndoFormProps) {
  const [first, ...others] = notice?.undo ?? []
  if (!notice || first === undefined) return null
  const isDeletion = DELETED.includes(notice.name)
  if (others.length === 0) {
    return (
      <form method="post" action={`${HOME}/todos/${encodeURIComponent(first)}/${isDeletion ? 'restore' : 'done'}`}>
        <input type="hidden" name="to" value={listPath} />
        {!isDeletion && <input type="hidden" name="isDone" value="false" />}
        <button type="submit" class="second">
          {t.todos.undo}
        </button>
      </form>
    )
  }
  return (
    <form method="post" action={`${HOME}/todos/bulk`}>
      <input type="hidden" name="to" value={listPath} />
      {[first, ...others].map((id) => (
        <input type="hidden" name={`pick-${id}`} value="true" />
      ))}
      <button type="submit" class="second" name="bulk" value={isDeletion ? 'restore' : 'reopen'}>
        {t.todos.undo}
      </button>
    </form>
  )
}
