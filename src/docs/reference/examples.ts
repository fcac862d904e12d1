import { bodyOf, type Operation, type Parameter } from './document'

/* The same request in three languages. */

/** The script of the page puts the address of the deployment in its place. */
const ORIGIN = 'https://todo.example.com'
const API = '/api/v1/'

const isWord = (name: string): boolean => /^[a-z_$][\w$]*$/i.test(name)

/** A value as people write it in JavaScript. */
export function toJavaScript(value: unknown, indent = ''): string {
  const deeper = `${indent}  `
  if (typeof value === 'string')
    return value.includes("'") ? JSON.stringify(value) : `'${value.replaceAll('\n', '\\n')}'`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const parts = Array.isArray(value)
    ? value.map((item) => toJavaScript(item, deeper))
    : Object.entries(value).map(([name, item]) => `${isWord(name) ? name : `'${name}'`}: ${toJavaScript(item, deeper)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const space = Array.isArray(value) ? '' : ' '
  const line = parts.length > 0 ? `${open}${space}${parts.join(', ')}${space}${close}` : open + close
  if (line.length + indent.length <= 60 && !line.includes('\n')) return line
  return `${open}\n${parts.map((part) => `${deeper}${part},\n`).join('')}${indent}${close}`
}

const exampleOf = ({ schema: { example, enum: values = [] } }: Parameter): string => String(example ?? values[0] ?? '…')

/** The parameters of one place that the request cannot do without. */
const valuesIn = ({ parameters = [] }: Operation, place: string): Record<string, string> =>
  Object.fromEntries(
    parameters
      .filter((parameter) => parameter.in === place && parameter.required)
      .map((parameter) => [parameter.name, exampleOf(parameter)]),
  )

function addressOf(operation: Operation): string {
  const values = valuesIn(operation, 'path')
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURI(values[name] ?? name))
  const query = Object.entries(valuesIn(operation, 'query')).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  )
  return ORIGIN + path + (query.length > 0 ? `?${query.join('&')}` : '')
}

/** What the request authenticates itself with outside of a browser. */
export function tokenOf({ security }: Operation): string | undefined {
  const names = new Set(security.flatMap((scheme) => Object.keys(scheme)))
  if (names.has('bearer')) return '$ACCESS_TOKEN'
  if (names.has('operator')) return '$OPERATOR_TOKEN'
  return names.has('outbox') ? '$OUTBOX_TOKEN' : undefined
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))

export function curlOf(operation: Operation): string {
  const body = bodyOf(operation)
  const token = tokenOf(operation)
  const lines = [
    `curl ${operation.method === 'get' ? '' : `-X ${operation.method.toUpperCase()} `}'${addressOf(operation)}'`,
    ...(token === undefined ? [] : [`-H "Authorization: Bearer ${token}"`]),
    ...(body
      ? [`-H 'Content-Type: ${body.type}'`, `--data-binary '${textOf(body.example).replaceAll("'", "'\\''")}'`]
      : []),
  ]
  return lines.join(' \\\n  ')
}

export function fetchOf(operation: Operation): string {
  const body = bodyOf(operation)
  const options = [
    ...(operation.method === 'get' ? [] : [`  method: '${operation.method.toUpperCase()}',`]),
    ...(body ? [`  headers: { 'Content-Type': '${body.type}' },`, `  body: ${bodyInFetch(body)},`] : []),
  ]
  const more = options.length > 0 ? `, {\n${options.join('\n')}\n}` : ''
  return `const answer = await fetch('${addressOf(operation)}'${more})`
}

const bodyInFetch = ({ type, example }: { type: string; example: unknown }): string =>
  type.endsWith('json') ? `JSON.stringify(${toJavaScript(example, '  ')})` : toJavaScript(example)

/** The call of the typed client, or nothing for what is not in the API that it has. */
export function clientOf(operation: Operation): string | undefined {
  if (!operation.path.startsWith(API)) return
  const names = operation.path
    .slice(API.length)
    .split('/')
    .map((part) => part.replace(/^\{(\w+)\}$/, ':$1'))
  const call = names.map((name) => (isWord(name) ? `.${name}` : `['${name}']`)).join('')
  const [param, query, body] = [valuesIn(operation, 'path'), valuesIn(operation, 'query'), bodyOf(operation)]
  const isJson = body?.type.endsWith('json') ?? false
  const needsQuery = operation.parameters?.some((parameter) => parameter.in === 'query') ?? false
  const input = {
    ...(Object.keys(param).length > 0 && { param }),
    ...(needsQuery && { query }),
    ...(isJson && { json: body?.example }),
  }
  // Hono's client sends no other bodies: they are options of its fetch.
  const options = body && !isJson ? [`{ init: { body: ${toJavaScript(body.example)} } }`] : []
  const inputs = Object.keys(input).length > 0 ? [toJavaScript(input)] : options.length > 0 ? ['{}'] : []
  return `const answer = await client${call}.$${operation.method}(${[...inputs, ...options].join(', ')})`
}
