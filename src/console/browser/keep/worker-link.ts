/*
 * The service worker, seen from a page.
 */

const WORKER = '/console-worker.js'
const SCOPE = '/console'
const SHELL = '/console/offline'

/** What the caches of the worker are called begins so. */
const CACHES = 'latchkey-'

/** In which language and colours the shell was kept. */
const LOOK = 'latchkey/look'

/** How long the worker may take to keep its files (ms). */
const INSTALL_MS = 20_000

/** Registers the worker, if it is not yet, and waits until it works. */
export async function registerWorker(): Promise<void> {
  const registration = await navigator.serviceWorker.register(WORKER, { scope: SCOPE })
  const worker = registration.active ?? registration.waiting ?? registration.installing
  if (!worker || worker.state === 'activated') return
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Error('The worker took too long')), INSTALL_MS)
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve()
      if (worker.state === 'redundant') reject(new Error('The worker could not keep its files'))
    })
  })
}

export async function removeWorker(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE)
  await registration?.unregister()
  for (const name of await caches.keys()) if (name.startsWith(CACHES)) await caches.delete(name)
  localStorage.removeItem(LOOK)
}

/** Keeps the shell again if this page has another language or other colours than the last one. */
export async function refreshShell(): Promise<void> {
  const { lang, dataset } = document.documentElement
  const look = JSON.stringify({ lang, ...dataset })
  if (localStorage.getItem(LOOK) === look) return
  const name = (await caches.keys()).find((one) => one.startsWith(CACHES))
  const shell = await fetch(SHELL)
  if (!name || !shell.ok) return
  await (await caches.open(name)).put(SHELL, shell)
  localStorage.setItem(LOOK, look)
}

/** Asks the worker not to show the shell for a while, although the network is slow. Whoever asks has just heard from the server. */
export function waitForNetwork(): Promise<void> {
  const { controller } = navigator.serviceWorker
  if (!controller) return Promise.resolve()
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => resolve()
    setTimeout(resolve, 1000)
    controller.postMessage('wait for the network', [port2])
  })
}
