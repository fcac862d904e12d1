import { $ } from './dom'
import { DRAFT, EDIT, KEPT, UNSENT } from './stored'
import { refreshSoon } from './todos/refresh'

/** Its own file, because most people keep nothing. It is asked for only where somebody does, and on the pages that turn it on and show it. */
const KEEP = '/console/keep.js'

/** What was typed and is not on the server yet. */
const TYPED = [UNSENT, DRAFT, EDIT]

interface Keep {
  start(): Promise<void>
  signOut(form: HTMLFormElement): Promise<void>
}

const load = (): Promise<Keep> => import(KEEP)

/** Keeps the copy of the to-dos that is on this device up to date, if somebody has asked for one. Sign-out asks before anything is lost. */
export function keepCopy(): void {
  const isHere = $('[data-keep], [data-shell]') !== null
  const start = () =>
    void load().then(
      (keep) => keep.start(),
      () => undefined,
    )
  if (isHere) start()
  else if (hasKey(KEPT)) whenIdle(start)
  document.addEventListener('latchkey:sent', refreshSoon)
  addEventListener('submit', askBeforeSignOut, { capture: true })
}

const whenIdle = (run: () => void) =>
  'requestIdleCallback' in window ? requestIdleCallback(run, { timeout: 5000 }) : setTimeout(run, 1000)

function askBeforeSignOut(event: SubmitEvent): void {
  const form = event.target
  if (!(form instanceof HTMLFormElement) || !form.action.endsWith('/console/sign-out')) return
  if (![KEPT, ...TYPED].some(hasKey)) return
  event.preventDefault()
  // Without the script, the browser forgets what everybody keeps: that is safe.
  load()
    .then((keep) => keep.signOut(form))
    .catch(() => form.submit())
}

function hasKey(prefix: string): boolean {
  try {
    return [localStorage, sessionStorage].some((storage) => Object.keys(storage).some((key) => key.startsWith(prefix)))
  } catch {
    // The browser lets no script keep anything.
    return false
  }
}
