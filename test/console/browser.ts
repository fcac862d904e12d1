import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import worker from '../../src/index'
import { type Answer, backgroundContext, Client, ORIGIN } from '../helpers/client'
import { codeFor } from '../helpers/codes'
import { PASSWORD } from '../helpers/people'

/*
 * A browser without JavaScript. It follows redirects, sends cookies by their path, and sends Sec-Fetch-Site.
 */

const MAX_REDIRECTS = 10

export interface Page extends Answer {
  /** The path and query after all redirects. */
  url: string
  /** The redirects and the answer at their end, such as `303 /console`. */
  hops: string[]
}

/** The fields of a form. A list is sent as several fields of the same name. */
export type Form = Record<string, string | readonly string[]>

const encode = (form: Form): string =>
  String(new URLSearchParams(Object.entries(form).flatMap(([name, value]) => [value].flat().map((one) => [name, one]))))

interface Options {
  form?: Form
  /** The body of a form that is not URL-encoded, with its content type. */
  multipart?: { body: Uint8Array<ArrayBuffer>; type: string }
  headers?: Record<string, string>
  /** The site of the page that the request comes from. */
  from?: 'same-origin' | 'none' | 'cross-site' | 'same-site'
}

export class Browser {
  readonly client: Client
  /** Safari, wget and the cookie jars of Python and Java keep no Secure cookie that came by http, and ours are all Secure. */
  keepsSecureCookies = true

  constructor(headers: Record<string, string> = {}, bindings: object = {}) {
    this.client = new Client(headers, async (request) =>
      worker.fetch(request, { ...env, ...bindings }, backgroundContext()),
    )
  }

  get cookies(): Map<string, string> {
    return this.client.cookies
  }

  visit = (path: string, options: Options = {}): Promise<Page> => this.follow('GET', path, { from: 'none', ...options })

  submit = (path: string, form: Form, options: Options = {}): Promise<Page> =>
    this.follow('POST', path, { from: 'same-origin', ...options, form })

  /** Sends a file in a form, as a browser does. */
  async upload(path: string, file: File, options: Options = {}): Promise<Page> {
    const form = new FormData()
    form.set('file', file)
    const encoded = new Response(form)
    const type = encoded.headers.get('Content-Type') ?? ''
    const multipart = { body: new Uint8Array(await encoded.arrayBuffer()), type }
    return this.follow('POST', path, { from: 'same-origin', ...options, multipart })
  }

  private async follow(method: string, path: string, options: Options): Promise<Page> {
    const { form, multipart, headers = {}, from = 'none' } = options
    const hops: string[] = []
    let [verb, url] = [method, path]
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await this.client.request(verb, ORIGIN + url, {
        headers: {
          Cookie: this.cookiesFor(url, from),
          'Sec-Fetch-Site': from,
          ...(verb === 'POST' && { 'Content-Type': multipart?.type ?? 'application/x-www-form-urlencoded' }),
          ...headers,
        },
        ...(verb === 'POST' && { body: multipart?.body ?? encode(form ?? {}) }),
      })
      hops.push(`${answer.status} ${url}`)
      const location = answer.headers.get('Location')
      if (location === null) return { ...answer, url, hops }
      expect(location).toMatch(/^\/(?![/\\])/)
      if (answer.status === 303) verb = 'GET'
      url = location
    }
    throw new Error(`Too many redirects: ${hops.join(', ')}`)
  }

  /** Sends the refresh cookie to its path only, and not from other sites. */
  private cookiesFor(url: string, from: string): string {
    if (!this.keepsSecureCookies) return ''
    const sent = [...this.cookies].filter(
      ([name]) => name !== '__Secure-refresh' || (url.startsWith('/api/v1/auth') && from !== 'cross-site'),
    )
    return sent.map(([name, value]) => `${name}=${value}`).join('; ')
  }
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** HTML text as people see it. */
const unescapeHtml = (html: string): string =>
  html.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name) => ENTITIES[name] ?? whole)

/** The value of the first input or button of this name, below the header with its menu. */
export function fieldValue({ text }: Pick<Page, 'text'>, name: string): string {
  const main = text.slice(Math.max(0, text.indexOf('<main')))
  const tag = main.match(/<(?:input|button)[^>]*>/g)?.find((one) => one.includes(` name="${name}"`))
  return unescapeHtml(/ value="([^"]*)"/.exec(tag ?? '')?.[1] ?? '')
}

/** All the text of a page, without its tags. */
export const textOf = ({ text }: Pick<Page, 'text'>): string =>
  unescapeHtml(text.replace(/^.*<body[^>]*>/s, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ')

/** A browser in which somebody has signed up with this user name. */
export async function signUpInBrowser(
  username: string,
  headers: Record<string, string> = {},
  bindings: object = {},
): Promise<Browser> {
  const browser = new Browser(headers, bindings)
  const { status, url } = await browser.submit('/console/sign-up', { username, password: PASSWORD })
  expect({ status, url }).toEqual({ status: 200, url: '/console' })
  return browser
}

/** Asks for a code and signs in with it. */
export async function signInByCode(browser: Browser, recipient: string): Promise<Page> {
  const since = Date.now()
  const asked = await browser.submit('/console/sign-in', { recipient })
  expect({ status: asked.status, url: asked.url }).toEqual({ status: 200, url: '/console/sign-in/code' })
  return browser.submit('/console/sign-in/code', { code: await codeFor(recipient, { since }) })
}
