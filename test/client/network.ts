import { Client } from '../helpers/client'

/** Replaces or delays the answer to a call, such as `POST /auth/refresh`. */
export type Intercept = (call: string) => Promise<Response | undefined> | Response | undefined

/** The network between a typed client and the Worker. It records all requests. Cookies are kept as a browser keeps them. */
export function openNetwork(intercept: Intercept = () => undefined) {
  const browser = new Client()
  const sent: { call: string; headers: Headers; body: string }[] = []
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const { pathname, search } = new URL(request.url)
    const call = `${request.method} ${pathname.replace('/api/v1', '')}`
    const body = await request.text()
    sent.push({ call, headers: request.headers, body })
    const client = init && Reflect.get(init, 'credentials') === 'include' ? browser : new Client()
    const answer = await client.request(request.method, `${new URL(request.url).origin}${pathname}${search}`, {
      headers: Object.fromEntries(request.headers),
      ...(body !== '' && { body }),
    })
    const { status, headers, text } = answer
    return (await intercept(call)) ?? new Response(text === '' ? null : text, { status, headers })
  }
  return { fetch, sent, browser, calls: () => sent.map(({ call }) => call) }
}

/** A made-up answer. */
export const problemAnswer = (status: number, code: string): Response =>
  Response.json({ code }, { status, headers: { 'Content-Type': 'application/problem+json' } })
