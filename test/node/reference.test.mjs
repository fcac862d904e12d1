import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildReference } from '../../scripts/build-reference.mjs'

/** @type {Map<string, string>} */
let files
/** @type {[name: string, about: string, address: string][]} */
let index
beforeAll(async () => {
  files = new Map(await buildReference())
  index = JSON.parse(files.get('search.json') ?? '[]')
})

const sizeOf = (text) => gzipSync(text).length

/** Addresses under /docs that there are: pages, and places on them. */
function placesIn(folder) {
  const places = new Set()
  for (const [file, html] of files) {
    const page = file.match(new RegExp(`^${folder}/(.*)\\.html$`))?.[1]
    if (page === undefined) continue
    const address = page === 'overview' ? '/docs' : `/docs/${page}`
    places.add(address)
    for (const [, id] of html.matchAll(/ id="([^"]+)"/g)) places.add(`${address}#${id}`)
  }
  return places
}

/** Addresses under /docs that pages link to, with the page for places on the same one. */
const linksIn = (folder) =>
  [...files]
    .filter(([file]) => file.startsWith(`${folder}/`))
    .flatMap(([file, html]) => {
      const page = file.slice(folder.length + 1, -'.html'.length)
      const own = page === 'overview' ? '/docs' : `/docs/${page}`
      return [...html.matchAll(/ href="((?:#|\/docs)[^"]*)"/g)]
        .map(([, link]) => (link.startsWith('#') ? own + link : link))
        .filter((link) => !link.endsWith('#main') && !link.endsWith('.css'))
    })

const operationsIn = (folder) =>
  [...files]
    .filter(([file]) => file.startsWith(`${folder}/`))
    .flatMap(([, html]) => [...html.matchAll(/<section class="operation" id="(\w+)"/g)].map(([, id]) => id))

describe('the pages of the reference', () => {
  it.each(['pages', 'pages-without-passwords'])('link only to what there is: %s', (folder) => {
    const places = placesIn(folder)
    expect(linksIn(folder).length).toBeGreaterThan(500)
    expect(linksIn(folder).filter((link) => !places.has(link))).toEqual([])
  })

  it('have no id twice, and nothing inline', () => {
    for (const [file, html] of files) {
      if (!file.endsWith('.html')) continue
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
      expect({ file, twice: ids.filter((id, place) => ids.indexOf(id) !== place) }).toEqual({ file, twice: [] })
      // Text has its quotes and angle brackets escaped, so these can only be markup.
      expect(html).not.toMatch(
        /<style|<[^>]* (?:style|on\w+)="|<script(?! type="module" src="\/docs\/reference\.js"><)/,
      )
    }
  })

  it('are without the operations and errors of passwords where there are none', () => {
    expect(operationsIn('pages')).toEqual(expect.arrayContaining(['logIn', 'changePassword']))
    const others = operationsIn('pages').filter((id) => !['logIn', 'changePassword'].includes(id))
    expect(operationsIn('pages-without-passwords')).toEqual(others)
    expect(files.get('pages-without-passwords/errors.html')).not.toContain('wrong_password')
  })

  it('say limits, values, defaults and examples of fields', () => {
    const html = files.get('pages/to-dos.html') ?? ''
    const [, section = ''] = /id="createTodo".*?<h3>Body<\/h3>(.*?)<h3>Answers<\/h3>/s.exec(html) ?? []
    const text = section.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
    expect(text).toContain('contents required string 1–500 characters Such as Buy milk')
    expect(text).toContain('priority string By default &quot;none&quot; . One of none , low , medium , high , urgent')
  })

  it('have examples of a request in three languages', () => {
    const html = files.get('pages/to-dos.html') ?? ''
    const [, section = ''] = /id="updateTodo"(.*?)<\/section>/s.exec(html) ?? []
    const [curl, fetched, client] = [...section.matchAll(/<pre class="\w+">(.*?)<\/pre>/gs)].map(([, text]) =>
      text.replaceAll('&#39;', "'").replaceAll('&quot;', '"'),
    )
    const address = 'https://todo.example.com/api/v1/todos/019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'
    expect(curl).toBe(
      [
        `curl -X PATCH '${address}'`,
        '-H "Authorization: Bearer $ACCESS_TOKEN"',
        "-H 'Content-Type: application/json'",
        `--data-binary '{"isDone":true}'`,
      ].join(' \\\n  '),
    )
    expect(fetched).toContain(`await fetch('${address}', {\n  method: 'PATCH',`)
    expect(fetched).toContain('body: JSON.stringify({ isDone: true }),')
    expect(client).toContain("await client.todos[':id'].$patch({")
  })

  it('are small, and so is the script', () => {
    for (const [file, text] of files) expect({ file, isSmall: sizeOf(text) <= 20_000 }).toEqual({ file, isSmall: true })
    const script = readFileSync(new URL('../../src/docs/assets/reference.js', import.meta.url))
    expect(sizeOf(script)).toBeLessThanOrEqual(10_000)
  })
})

describe('the index of the search', () => {
  it('leads to operations, errors, objects and fields, all of which there are', () => {
    const places = placesIn('pages')
    expect(index.filter(([, , address]) => !places.has(`/docs/${address}`))).toEqual([])
    expect(index).toEqual(
      expect.arrayContaining([
        ['Make a to-do', 'POST /api/v1/todos createTodo', 'to-dos#createTodo'],
        ['quota_exceeded', '403 There is no room for this among your to-dos', 'errors#quota_exceeded'],
        ['dueOn', 'query of listTodos', 'to-dos#listTodos'],
        ['refreshToken', 'body of refresh', 'session#refresh'],
      ]),
    )
    for (const id of operationsIn('pages')) expect(index.some(([, about]) => about.endsWith(` ${id}`))).toBe(true)
  })
})
