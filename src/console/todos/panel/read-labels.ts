import type { PageContext } from '../../page/console-env'

/** As many to-dos as one page of the API has. */
const NEWEST = { sort: 'createdAt', order: 'DESC', limit: '100' } as const

/** Labels to suggest: those of the newest to-dos, the most frequent ones first. Nobody has to do without the form for them. */
export async function readLabels(c: PageContext): Promise<string[]> {
  const answer = await c.var.api.todos.$get({ query: NEWEST })
  if (answer.status !== 200) return []
  const { todos } = await answer.json()
  const uses = Map.groupBy(
    todos.flatMap(({ labels }) => labels),
    (label) => label,
  )
  return [...uses].toSorted(([, one], [, other]) => other.length - one.length).map(([label]) => label)
}
