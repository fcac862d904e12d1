/** Where the pages begin. */
export const HOME = '/console'

export const ACCOUNT = `${HOME}/account`

/**
 * A path and query of the console, out of what a request says; instead of anything else the console's first page. Nobody is
 * sent to another site (ASVS 1.2.2): of an address only these are taken over.
 */
export function localPath(wanted: string | null | undefined, requestUrl: string): string {
  if (!wanted || !URL.canParse(wanted, requestUrl)) return HOME
  const { pathname, search } = new URL(wanted, requestUrl)
  return pathname === HOME || pathname.startsWith(`${HOME}/`) ? pathname + search : HOME
}

/** `path` with these parameters in its query; null leaves one out. */
export function withQuery(path: string, parameters: Record<string, string | null>): string {
  const [pathname = '', ...query] = path.split('?')
  const search = new URLSearchParams(query.join('?'))
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) search.delete(name)
    else search.set(name, value)
  }
  return search.size > 0 ? `${pathname}?${search}` : pathname
}
