import { HOME } from '../page/local-path'
import type { PageNotice } from '../page/notice'
import type { Texts } from '../texts/texts'

interface UndoFormProps {
  t: Texts
  notice: PageNotice | null
  /** The path and query of the page. */
  listPath: string
}

/** Takes back what the notice says: restores a to-do that was deleted, and opens one again that was completed. */
export function UndoForm({ t, notice, listPath }: UndoFormProps) {
  if (notice?.undo === undefined) return null
  const { name, undo } = notice
  return (
    <form method="post" action={`${HOME}/todos/${encodeURIComponent(undo)}/${name === 'deleted' ? 'restore' : 'done'}`}>
      <input type="hidden" name="to" value={listPath} />
      {name !== 'deleted' && <input type="hidden" name="isDone" value="false" />}
      <button type="submit" class="second">
        {t.todos.undo}
      </button>
    </form>
  )
}
