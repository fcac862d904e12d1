/** Long enough for an answer to come (ms). */
const DOUBLE_CLICK_MS = 5000

/**
 * Ignores the second click of a double click. The browser would show only the second answer, which says that it was refused, although the
 * first request was done.
 */
export function ignoreDoubleClicks(): void {
  let lastSubmitted: unknown = null
  addEventListener('submit', (event) => {
    // Some other part of the script sends this form by itself.
    if (event.defaultPrevented) return
    const submitted = event.submitter?.getAttribute('formaction') ?? event.target
    if (submitted === lastSubmitted) event.preventDefault()
    lastSubmitted = submitted
    setTimeout(() => {
      lastSubmitted = null
    }, DOUBLE_CLICK_MS)
  })
}
