import { ERRORS_PAGE, slugOf } from '../tags'
import { bodyOf, type OpenApi, objectsOf, operationsOf, partsOf } from './document'

/** What can be found: its name, what it is, and its address under /docs/. */
export type Entry = [name: string, about: string, address: string]

/** All operations, error codes, objects and fields, for the search of the page. Earlier entries are shown first. */
export function searchIndex(document: OpenApi): Entry[] {
  const operations = operationsOf(document)
  const found: Entry[] = operations.map(({ operationId, method, path, summary, tag }) => [
    summary,
    `${method.toUpperCase()} ${path} ${operationId}`,
    `${slugOf(tag)}#${operationId}`,
  ])
  for (const [errorCode, { summary, value }] of Object.entries(document.components.examples)) {
    found.push([errorCode, `${value.status} ${summary}`, `${ERRORS_PAGE}#${errorCode}`])
  }
  const known = new Set<string>()
  for (const { name: tag } of document.tags) {
    for (const object of objectsOf(
      document,
      operations.filter((operation) => operation.tag === tag),
    )) {
      if (known.has(object)) continue
      known.add(object)
      const address = `${slugOf(tag)}#${object}`
      found.push([object, 'object', address])
      const parts = partsOf(document.components.schemas[object] ?? {})
      const fields = new Set(parts.flatMap(({ properties = {} }) => Object.keys(properties)))
      for (const field of fields) found.push([field, `field of ${object}`, address])
    }
  }
  for (const operation of operations) {
    const { operationId, tag, parameters = [] } = operation
    const address = `${slugOf(tag)}#${operationId}`
    const fields = partsOf(bodyOf(operation)?.schema ?? {}).flatMap(({ properties = {} }) => Object.keys(properties))
    for (const { name, in: place } of parameters) found.push([name, `${place} of ${operationId}`, address])
    for (const field of new Set(fields)) found.push([field, `body of ${operationId}`, address])
  }
  return found
}
