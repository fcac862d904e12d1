import { ERRORS_PAGE, OVERVIEW_PAGE, PAGES, PAGES_WITHOUT_PASSWORDS, slugOf } from '../tags'
import type { OpenApi } from './document'
import { errorsPage, overviewPage, tagPage } from './pages'
import { searchIndex } from './search-index'

/* Runs when the assets are built (scripts/build-reference.mjs), never in the Worker. */

function pagesOf(document: OpenApi): [file: string, html: string][] {
  return [
    [`${OVERVIEW_PAGE}.html`, overviewPage(document)],
    [`${ERRORS_PAGE}.html`, errorsPage(document)],
    ...document.tags.map((tag): [string, string] => [`${slugOf(tag.name)}.html`, tagPage(document, tag)]),
  ]
}

/**
 * The files under /docs/ of the assets: the pages, those for deployments without passwords, and the index of the search.
 * @param documentOf the OpenAPI document of a deployment with these settings
 */
export async function renderReference(
  documentOf: (settings: object) => Promise<OpenApi>,
): Promise<[file: string, text: string][]> {
  const document = await documentOf({})
  const others = pagesOf(await documentOf({ PASSWORDS: 'off' }))
  return [
    ...pagesOf(document).map(([file, html]): [string, string] => [`${PAGES}/${file}`, html]),
    ...others.map(([file, html]): [string, string] => [`${PAGES_WITHOUT_PASSWORDS}/${file}`, html]),
    ['search.json', JSON.stringify(searchIndex(document))],
  ]
}
