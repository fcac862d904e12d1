/** The first page of the console. */
export const HOME = '/console'

export const ACCOUNT = `${HOME}/account`

/** The page about the second factor of the account. */
export const SECOND_FACTOR = `${ACCOUNT}/second-factor`

/** A list's address is shorter, with every filter at its longest. */
const MAX_TARGET = 8192

/** The path and query of `target` if it is a page of the console, else `HOME`. Never another site (ASVS 3.7.2). */
export function localPath(target: string | null | undefined, requestUrl: string): string {
  if (!target || target.length > MAX_TARGET || !URL.canParse(target, requestUrl)) return HOME
  const { pathname, search } = new URL(target, requestUrl)
  return pathname === HOME || pathname.startsWith(`${HOME}/`) ? pathname + search : HOME
}

/** The address that gets a new access token, and leads to the page `to`. The refresh token is sent to no page. */
export const resumePath = (to: string): string => withQuery('/api/v1/auth/resume', { to })

/** `path` with these parameters in its query; null removes a parameter. */
export function withQuery(path: string, parameters: Record<string, string | null>): string {
  const [pathname = '', ...query] = path.split('?')
  const search = new URLSearchParams(query.join('?'))
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) search.delete(name)
    else search.set(name, value)
  }
  return search.size > 0 ? `${pathname}?${search}` : pathname
}
