import { $, $$ } from './dom'
import { readPart } from './part'

/** "Load more" puts the next page below what is there. Without the script it is a link to that page. */
export function loadMore(): void {
  document.addEventListener('click', (event) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-more]') : null
    if (!link) return
    event.preventDefault()
    if (link.ariaBusy !== 'true') void append(link)
  })
}

async function append(link: HTMLAnchorElement): Promise<void> {
  link.ariaBusy = 'true'
  const answer = await readPart(link.pathname + link.search)
  link.ariaBusy = null
  if (answer.kind === 'unreachable') {
    link.textContent = link.dataset['more'] ?? ''
    return
  }
  if (answer.kind !== 'done') {
    // The page says why.
    location.assign(link.href)
    return
  }
  const place = link.closest('.pages')
  const rows = place ? addGroups(answer.part, place) : []
  // refresh.ts reads the first page only, and must not end the list there.
  place?.closest('#todos')?.classList.add('longer')
  place?.remove()
  $('.contents', rows[0])?.focus()
}

/** What is done is read when somebody opens it, and again whenever the list has changed meanwhile. */
export function showDone(): void {
  const section = $('.done-section')
  const place = $('.done-todos', section ?? document)
  const link = place && $('a', place)
  if (!(section instanceof HTMLDetailsElement) || !place || !(link instanceof HTMLAnchorElement)) return
  const path = link.pathname + link.search
  const read = async () => {
    if (!section.open) return
    const answer = await readPart(path)
    const todos = answer.kind === 'done' && $('#todos', answer.part)
    // The link to the page of them stays if they do not come.
    if (todos) place.replaceChildren(...todos.children)
  }
  section.addEventListener('toggle', read)
  document.addEventListener('latchkey:list', read)
}

/** On a small screen the views are a bar that scrolls sideways: the one that is shown is in sight. */
export function showCurrentView(): void {
  const show = () => {
    const views = $('nav.views')
    const current = views && $('[aria-current]', views)
    if (!current || views.scrollWidth <= views.clientWidth) return
    const [bar, link] = [views.getBoundingClientRect(), current.getBoundingClientRect()]
    views.scrollLeft += link.left + link.width / 2 - (bar.left + bar.width / 2)
  }
  show()
  document.addEventListener('latchkey:list', show)
}

/** Puts the groups of a part before `place`, and gives the rows that are new. The link to the page after it comes along. */
function addGroups(part: DocumentFragment, place: Element): Element[] {
  const rows = $$('.group > form > .list > li', part).filter(({ id }) => document.getElementById(id) === null)
  for (const one of $$('.group, .pages:not(.first)', part)) {
    const list =
      one.dataset['group'] && $(`[data-group="${one.dataset['group']}"] .list`, place.parentElement ?? document)
    if (list) list.append(...rows.filter((row) => one.contains(row)))
    else place.before(one)
  }
  return rows
}
