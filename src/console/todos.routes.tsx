import { createPages } from './console-env'
import { Notice, renderPage } from './layout'
import { failureOf } from './refusal'

export const todoRoutes = createPages().get('/', async (c) => {
  const { api, reader } = c.var
  const answer = await api.todos.$get({ query: {} })
  if (answer.status !== 200) throw await failureOf(answer)
  const { todos } = await answer.json()
  const { t } = reader
  return renderPage(
    c,
    { title: t.todos.title, section: 'todos' },
    <>
      <h1>{t.todos.title}</h1>
      <Notice t={t} code={c.req.query('notice')} />
      <ul>
        {todos.map(({ contents }) => (
          <li>{contents}</li>
        ))}
      </ul>
    </>,
  )
})
