import { MAX_LIST_NAME } from '../../../limits'
import type { List } from '../../../todos/lists/schemas'
import type { PageContext } from '../../page/console-env'
import { Input, RefusalMessage } from '../../page/fields'
import { renderPage } from '../../page/layout'
import { HOME } from '../../page/local-path'
import { Notice, takeNotice } from '../../page/notice'
import { readReader } from '../../page/person'
import type { Refusal } from '../../page/refusal'
import type { Texts } from '../../texts/texts'
import { LISTS, listAddress } from '../view-links'
import { readLists } from './read-lists'

interface RefusedList {
  /** What was typed. */
  name: string
  refusal: Refusal
}

/** All lists, with the form that makes one and the buttons that put them in order. */
export async function showLists(c: PageContext, refused: RefusedList | null) {
  const { t } = c.var
  const [lists, { userId }] = await Promise.all([readLists(c), readReader(c)])
  const { name, refusal } = refused ?? { name: '', refusal: null }
  const notice = takeNotice(c)
  return renderPage(
    c,
    { title: t.lists.title, section: 'todos', refusal },
    <>
      <h1>{t.lists.title}</h1>
      <Notice t={t} notice={notice} />
      <p>{t.lists.intro}</p>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={LISTS} class="add" autocomplete="off">
        <input type="hidden" name="user" value={userId} />
        <Input
          t={t}
          name="name"
          label={t.lists.new}
          refusal={refusal}
          value={name}
          maxlength={MAX_LIST_NAME}
          required
          data-focus={notice?.name === 'list_made' || undefined}
        />
        <button type="submit">{t.todos.add}</button>
      </form>
      <ListRows t={t} lists={lists} />
      <p>
        <a href={HOME}>{t.lists.back}</a>
      </p>
    </>,
  )
}

function ListRows({ t, lists }: { t: Texts; lists: readonly List[] }) {
  if (lists.length === 0) return <p class="panel empty">{t.lists.empty}</p>
  return (
    <ul class="panel lists">
      {lists.map((list, index) => (
        <ListRow t={t} list={list} isFirst={index === 0} isLast={index === lists.length - 1} />
      ))}
    </ul>
  )
}

function ListRow({ t, list, isFirst, isLast }: { t: Texts; list: List; isFirst: boolean; isLast: boolean }) {
  const { id, name } = list
  const path = `${LISTS}/${id}`
  return (
    <li id={`l${id}`}>
      <a href={listAddress(id)} dir="auto">
        {name}
      </a>
      <form method="post" action={`${path}/move`}>
        <MoveButton label={t.lists.up(name)} direction="up" disabled={isFirst} />
        <MoveButton label={t.lists.down(name)} direction="down" disabled={isLast} />
      </form>
      <a href={path} class="edit">
        <span aria-hidden="true">✎</span>
        <span class="unseen">{t.lists.editNamed(name)}</span>
      </a>
    </li>
  )
}

function MoveButton({ label, direction, disabled }: { label: string; direction: 'up' | 'down'; disabled: boolean }) {
  return (
    <button type="submit" class="quiet" name="direction" value={direction} aria-label={label} disabled={disabled}>
      <span aria-hidden="true">{direction === 'up' ? '↑' : '↓'}</span>
    </button>
  )
}

/** A list, with the forms that rename and delete it. */
export async function showListForm(c: PageContext, list: List, refused: RefusedList | null) {
  const { t } = c.var
  const { userId } = await readReader(c)
  const { name, refusal } = refused ?? { name: list.name, refusal: null }
  return renderPage(
    c,
    { title: t.lists.edit, section: 'todos', refusal },
    <>
      <h1>{t.lists.edit}</h1>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={`${LISTS}/${list.id}`} autocomplete="off">
        <input type="hidden" name="user" value={userId} />
        <Input
          t={t}
          name="name"
          label={t.lists.name}
          refusal={refusal}
          value={name}
          maxlength={MAX_LIST_NAME}
          required
        />
        <div class="actions">
          <button type="submit">{t.save}</button>
          <a href={LISTS} class="button second">
            {t.cancel}
          </a>
        </div>
      </form>
      <form method="post" action={`${LISTS}/${list.id}/delete`} class="aside">
        <button type="submit" class="quiet danger">
          {t.lists.delete}
        </button>
      </form>
    </>,
  )
}

/** Asks what becomes of the to-dos of a list that shall go. */
export function showDeletion(c: PageContext, { id, name }: List, refusal: Refusal | null = null) {
  const { t } = c.var
  return renderPage(
    c,
    { title: t.lists.delete, section: 'todos', refusal },
    <>
      <h1>{t.lists.delete}</h1>
      <RefusalMessage t={t} refusal={refusal} />
      <p dir="auto">{t.lists.notEmpty(name)}</p>
      <form method="post" action={`${LISTS}/${id}/delete`}>
        <div class="actions">
          <button type="submit" name="todos" value="move">
            {t.lists.move}
          </button>
          <button type="submit" class="second danger" name="todos" value="delete">
            {t.lists.deleteTodos}
          </button>
          <a href={LISTS} class="button second">
            {t.cancel}
          </a>
        </div>
      </form>
    </>,
  )
}
