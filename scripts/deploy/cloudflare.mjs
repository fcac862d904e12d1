// Cloudflare's REST API. It is used for reading, because each run of wrangler takes a second, and for what wrangler has no command for.

/** What the API answered instead of a result. */
export class ApiError extends Error {
  /** @param {{ status: number, code: number | undefined, message: string }} answer */
  constructor({ status, code, message }) {
    super(message)
    this.status = status
    this.code = code
  }
}

const PAGE = 50

/**
 * @param {{ base: string, headers: Record<string, string>, fetch: typeof globalThis.fetch }} connection
 */
export function connect({ base, headers, fetch }) {
  async function call(method, path, body) {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    })
    const json = await answer.json().catch(() => undefined)
    if (json?.success === true) return json.result
    const { code, message = `${method} ${path} answered ${answer.status}` } = json?.errors?.[0] ?? {}
    throw new ApiError({ status: answer.status, code, message })
  }

  /** All pages of a list. @param {string} path */
  async function list(path) {
    const all = []
    for (let page = 1; ; page++) {
      const found = await call('GET', `${path}${path.includes('?') ? '&' : '?'}page=${page}&per_page=${PAGE}`)
      all.push(...found)
      if (found.length < PAGE) return all
    }
  }

  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    list,
  }
}

/** The result, or undefined if there is no such thing. @template T @param {Promise<T>} answer */
export const unlessMissing = (answer) =>
  answer.catch((error) => {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  })
