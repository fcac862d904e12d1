/** Where the pages begin. */
export const HOME = '/console'

export const ACCOUNT = `${HOME}/account`

/**
 * A path and query of the console, out of what a request says; anything else is the console's first page, so that nobody is
 * sent to another site (ASVS 1.2.2).
 */
export function localPath(wanted: string | null | undefined, requestUrl: string): string {
  const { origin } = new URL(requestUrl)
  if (!wanted || !URL.canParse(wanted, origin)) return HOME
  const url = new URL(wanted, origin)
  const isPage = url.origin === origin && (url.pathname === HOME || url.pathname.startsWith(`${HOME}/`))
  return isPage ? url.pathname + url.search : HOME
}

/** `path` with these parameters in its query; null leaves one out. */
export function withQuery(path: string, parameters: Record<string, string | null>): string {
  const [pathname = '', query] = path.split('?', 2)
  const search = new URLSearchParams(query)
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) search.delete(name)
    else search.set(name, value)
  }
  return search.size > 0 ? `${pathname}?${search}` : pathname
}
