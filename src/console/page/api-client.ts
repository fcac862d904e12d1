import type { Context } from 'hono'
import { hc } from 'hono/client'
import type { ApiType } from '../../api'
import { shareTrace } from '../../http/trace'

/** Answers a request in this process, for the page that `c` is about. */
export type Dispatch = (request: Request, c: Context) => Response | Promise<Response>

export type ApiClient = ReturnType<typeof openApi>

/** What the API must know of who asks for the page: it authenticates, counts and refuses them as if they had asked themselves. */
const PASSED_ON = ['Cookie', 'User-Agent', 'CF-Connecting-IP', 'Sec-Fetch-Site', 'Origin']

/** The API for whoever asks for this page, in their language. The cookies that it sets go out with the page. */
export function openApi(c: Context, dispatch: Dispatch, language: string) {
  const page = c.req.raw
  const { origin } = new URL(page.url)
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const headers = new Headers(init?.headers)
    for (const name of PASSED_ON) {
      const value = page.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    headers.set('Accept-Language', language)
    const request = new Request(input, { ...init, headers, ...(page.cf && { cf: page.cf }) })
    shareTrace(page, request)
    const answer = await dispatch(request, c)
    for (const cookie of answer.headers.getSetCookie()) c.header('Set-Cookie', cookie, { append: true })
    return answer
  }
  return hc<ApiType>(origin, { fetch }).api.v1
}
