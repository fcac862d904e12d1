/** What became of a form that the script has sent. */
export type Answer =
  | { kind: 'done'; part: DocumentFragment }
  /** The server has refused it, and `part` says why. */
  | { kind: 'refused'; status: number; part: DocumentFragment }
  | { kind: 'signed out' }
  /** There is no network, or the server does not answer. It may have been done. */
  | { kind: 'unreachable' }

/** Longer than this, nobody waits (ms). */
const TIMEOUT_MS = 20_000

const PART = { 'Latchkey-Part': 'true' }

/** Asks for the part of a page. */
export const readPart = (path: string): Promise<Answer> => ask(path, {})

/** Sends a form, and gets the part of the page that has changed. */
export const sendForm = (path: string, fields: URLSearchParams): Promise<Answer> =>
  ask(path, { method: 'POST', body: fields })

/** What a form sends if this button is pressed. */
export function fieldsOf(form: HTMLFormElement, submitter: HTMLElement | null = null): URLSearchParams {
  const fields = new URLSearchParams()
  for (const [name, value] of new FormData(form, submitter)) fields.append(name, String(value))
  return fields
}

async function ask(path: string, init: RequestInit): Promise<Answer> {
  try {
    const answer = await fetch(path, { ...init, headers: PART, signal: AbortSignal.timeout(TIMEOUT_MS) })
    const part = document.createRange().createContextualFragment(await answer.text())
    if (answer.ok) return { kind: 'done', part }
    if (answer.status === 401) return { kind: 'signed out' }
    return answer.status >= 500 ? { kind: 'unreachable' } : { kind: 'refused', status: answer.status, part }
  } catch {
    return { kind: 'unreachable' }
  }
}
