import type { Context } from 'hono'
import { hc } from 'hono/client'
import type { ApiType } from '../../api'
import { shareTrace } from '../../http/trace'

/** Answers a request to the API inside this process. `c` is the context of the page. */
export type Dispatch = (request: Request, c: Context) => Response | Promise<Response>

export type ApiClient = ReturnType<typeof createApiClient>

/** The API gets these headers of the page's request, so that it treats visitors as if they had called it themselves. */
const FORWARDED_HEADERS = ['User-Agent', 'CF-Connecting-IP', 'Sec-Fetch-Site', 'Origin']

/** A client that calls the API for the visitor of a page, in their language. Cookies that the API sets go out with the page. */
export function createApiClient(c: Context, dispatch: Dispatch, language: string) {
  const page = c.req.raw
  const { origin } = new URL(page.url)
  const cookies = new Cookies(page.headers.get('Cookie'))
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const headers = new Headers(init?.headers)
    for (const name of FORWARDED_HEADERS) {
      const value = page.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    if (!cookies.isEmpty()) headers.set('Cookie', cookies.header())
    headers.set('Accept-Language', language)
    const request = new Request(input, { ...init, headers, ...(page.cf && { cf: page.cf }) })
    shareTrace(page, request)
    const answer = await dispatch(request, c)
    for (const cookie of answer.headers.getSetCookie()) {
      cookies.take(cookie)
      c.header('Set-Cookie', cookie, { append: true })
    }
    const clear = answer.headers.get('Clear-Site-Data')
    if (clear !== null) c.header('Clear-Site-Data', clear)
    return answer
  }
  return hc<ApiType>(origin, { fetch }).api.v1
}

/** The cookies of a page's request. A later call to the API has those that an earlier one set, as if the browser had sent it. */
class Cookies {
  private pairs: string[]

  constructor(header: string | null) {
    this.pairs = header === null ? [] : header.split('; ')
  }

  isEmpty = (): boolean => this.pairs.length === 0

  header = (): string => this.pairs.join('; ')

  /** Takes a Set-Cookie header in. Browsers send pages only the cookies of the path `/`. */
  take(setCookie: string): void {
    const [pair = '', ...attributes] = setCookie.split('; ')
    if (!attributes.includes('Path=/')) return
    const prefix = pair.slice(0, pair.indexOf('=') + 1)
    this.pairs = this.pairs.filter((one) => !one.startsWith(prefix))
    if (!attributes.includes('Max-Age=0')) this.pairs.push(pair)
  }
}
