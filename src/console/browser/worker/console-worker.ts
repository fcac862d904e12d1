// The service worker of the pages. A browser has it only if somebody keeps to-dos on the device. It shows a page without a network, and keeps
// nothing of anybody: only the files of the pages, and the shell, which the script fills from IndexedDB.

declare const self: ServiceWorkerGlobalScope

/** Put in by scripts/build-assets.mjs. A change of any file is another version. */
declare const FILES: { version: string; paths: string[] }

const PREFIX = 'latchkey-'
const CACHE = PREFIX + FILES.version
const HOME = '/console'
const SHELL = '/console/offline'

/** A list that takes longer to come is shown from the device (ms). */
const SLOW_MS = 4000

/** How long a page may ask to wait for a slow network after all (ms). */
const PATIENCE_MS = 60_000

/** How often the worker looks whether the server still has it (ms). */
const LOOK_MS = 24 * 3600 * 1000

/** Pages that were answered with the shell: their files come from the cache at once. */
const shells = new Set<string>()
let patientUntil = 0

self.addEventListener('install', (event) => {
  event.waitUntil(install())
})

async function install(): Promise<void> {
  const cache = await caches.open(CACHE)
  // Not from the cache of HTTP, which may have files of the version before.
  await cache.addAll([SHELL, ...FILES.paths].map((path) => new Request(path, { cache: 'reload' })))
  await self.skipWaiting()
}

self.addEventListener('activate', (event) => {
  event.waitUntil(activate())
})

async function activate(): Promise<void> {
  await forgetCaches((name) => name !== CACHE)
  await self.registration.navigationPreload?.enable()
  await self.clients.claim()
}

async function forgetCaches(isOld: (name: string) => boolean): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && isOld(name)) await caches.delete(name)
}

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  const { origin, pathname } = new URL(url)
  if (method !== 'GET' || origin !== self.location.origin) return
  if (mode === 'navigate') event.respondWith(answerPage(event, pathname))
  else if (FILES.paths.includes(pathname)) event.respondWith(answerFile(event, pathname))
})

self.addEventListener('message', ({ ports }) => {
  patientUntil = Date.now() + PATIENCE_MS
  ports[0]?.postMessage('yes')
})

/** The network first, always: a page is never older than the server. The list also has a limit of time. */
async function answerPage(event: FetchEvent, pathname: string): Promise<Response> {
  const coming = fromNetwork(event)
  const limit = pathname === HOME && Date.now() > patientUntil ? SLOW_MS : null
  try {
    const answer = await within(limit, coming)
    if (answer) {
      event.waitUntil(lookForItself())
      return answer
    }
    event.waitUntil(coming.catch(() => undefined))
  } catch {
    // There is no network.
  }
  const shell = await caches.match(SHELL, { cacheName: CACHE })
  if (!shell) return coming
  shells.add(event.resultingClientId)
  return shell
}

async function fromNetwork(event: FetchEvent): Promise<Response> {
  const preloaded: Response | undefined = await event.preloadResponse
  return preloaded ?? fetch(event.request)
}

function within(ms: number | null, coming: Promise<Response>): Promise<Response | null> {
  if (ms === null) return coming
  return Promise.race([coming, new Promise<null>((resolve) => setTimeout(resolve, ms, null))])
}

async function answerFile(event: FetchEvent, pathname: string): Promise<Response> {
  const kept = () => caches.match(pathname, { cacheName: CACHE })
  if (shells.has(event.clientId)) return (await kept()) ?? fetch(event.request)
  try {
    return await fetch(event.request)
  } catch (error) {
    const found = await kept()
    if (found) return found
    throw error
  }
}

/** Once a day: a server that does not have this file any more wants no worker. Browsers alone would keep it for ever. */
async function lookForItself(): Promise<void> {
  const cache = await caches.open(CACHE)
  const last = await cache.match(self.location.pathname)
  if (Date.now() - Number((await last?.text()) ?? 0) < LOOK_MS) return
  await cache.put(self.location.pathname, new Response(String(Date.now())))
  const { status } = await fetch(self.location.pathname, { cache: 'no-store' })
  if (status !== 404 && status !== 410) return
  await self.registration.unregister()
  await forgetCaches(() => true)
}

export {}
