import { Hono } from 'hono'
import { afterEach, expect, it, vi } from 'vitest'
import { FORM_TYPE, readFormOf } from '../../src/console/page/form'

afterEach(() => vi.restoreAllMocks())

const FIELDS = 40_000

it('reads each field of a form once, however many a stranger sends', async () => {
  const has = vi.spyOn(FormData.prototype, 'has')
  const app = new Hono().post('/', async (c) => c.json([...(await readFormOf(c))].length))
  const body = Array.from({ length: FIELDS }, (_, index) => index.toString(36)).join('&')

  const answer = await app.request('/', { method: 'POST', body, headers: { 'Content-Type': FORM_TYPE } })

  expect(await answer.json()).toBe(FIELDS)
  // Each of them would read all fields before it.
  expect(has).not.toHaveBeenCalled()
})
