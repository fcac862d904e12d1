import type { PageContext } from '../../page/console-env'

/** Labels to suggest: those of open to-dos, the most used ones first. Nobody has to do without the form for them. */
export async function readLabels(c: PageContext): Promise<string[]> {
  const answer = await c.var.api.todos.counts.$get({ query: {} })
  return answer.status === 200 ? (await answer.json()).labels.map(({ label }) => label) : []
}
