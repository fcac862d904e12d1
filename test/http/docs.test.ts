import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { slugOf, tags } from '../../src/docs/tags'
import { Client, clientOf, ORIGIN, type ProblemBody } from '../helpers/client'

/* How the pages of the reference are served. What is on them: test/node/reference.test.mjs. */

const PAGES = ['/docs', '/docs/errors', ...tags.map(({ name }) => `/docs/${slugOf(name)}`)]

it.each(PAGES)(
  '%s is a page with a policy without exceptions, and has not changed when it is asked for again',
  async (path) => {
    const { status, headers, text } = await new Client().get(ORIGIN + path)
    expect({ status, type: headers.get('Content-Type') }).toEqual({ status: 200, type: 'text/html; charset=UTF-8' })
    expect(text).toContain('<main id="main">')
    expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; /)
    expect(headers.get('Content-Security-Policy')).not.toMatch(/unsafe|data:|https?:|\*/)
    expect(headers.get('Cache-Control')).toBe('private, no-cache')
    const ETag = headers.get('ETag') ?? ''
    const again = await new Client().get(ORIGIN + path, { headers: { 'If-None-Match': ETag } })
    expect({ status: again.status, text: again.text, ETag: again.headers.get('ETag') }).toEqual({
      status: 304,
      text: '',
      ETag,
    })
  },
)

it('every operation of the document is on the page of its tag', async () => {
  const { body } = await new Client().get<{
    paths: Record<string, Record<string, { operationId: string; tags: string[] }>>
  }>(`${ORIGIN}/openapi.json`)
  const operations = Object.values(body.paths).flatMap((methods) => Object.values(methods))
  const pages = new Map<string, string>()
  for (const path of PAGES) pages.set(path, (await new Client().get(`${ORIGIN}${path}`)).text)
  for (const { operationId, tags: names } of operations) {
    const page = pages.get(`/docs/${slugOf(names[0] ?? '')}`)
    expect({ operationId, isThere: page?.includes(`id="${operationId}"`) }).toEqual({ operationId, isThere: true })
  }
})

it('the page tells its script whether this browser has ever signed in', async () => {
  const read = (Cookie: string) => new Client().get(`${ORIGIN}/docs`, { headers: { Cookie } })
  const [stranger, known, device] = await Promise.all([read('a=b'), read('__Host-access=x'), read('__Host-device=x')])
  expect(stranger.text).toContain('<html lang="en">')
  for (const { text, headers } of [known, device]) {
    expect(text).toContain('<html lang="en" data-known>')
    expect(headers.get('ETag')).not.toBe(stranger.headers.get('ETag'))
    expect(headers.get('Vary')).toContain('Cookie')
  }
})

it('a deployment without passwords shows no operation about them', async () => {
  const { status, text } = await clientOf({ PASSWORDS: 'off' }).get(`${ORIGIN}/docs/log-in`)
  expect(status).toBe(200)
  expect(text).toContain('id="signUp"')
  expect(text).not.toContain('id="logIn"')
})

it('is unavailable while the files are', async () => {
  const ASSETS: Fetcher = {
    fetch: () => Promise.reject(new Error('no such host')),
    connect: (address) => env.ASSETS.connect(address),
  }
  const { status, body } = await clientOf({ ASSETS }).get<ProblemBody>(`${ORIGIN}/docs`)
  expect({ status, code: body.code }).toEqual({ status: 503, code: 'unavailable' })
})
