import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { originOf } from './dev-origin.mjs'
import { outboxLink, prepareDevVars, readOutboxToken } from './dev-vars.mjs'

const DEV_VARS = fileURLToPath(new URL('../.dev.vars', import.meta.url))
const DEV = fileURLToPath(new URL('dev.mjs', import.meta.url))

/**
 * Begins to run the same server as `npm run dev`, on a free port and with a new, empty database.
 * @param {string[]} flags of `npm run dev`
 * @returns {Promise<{ origin: string, outboxLink: string, ready: Promise<void>, stop: () => Promise<void> }>} `outboxLink` shows
 *   the messages. `ready` waits until the server answers
 */
export async function beginToServe(flags = []) {
  prepareDevVars(DEV_VARS)
  const port = await freePort()
  const state = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const child = spawn(process.execPath, [DEV, '--port', String(port), '--persist-to', state, ...flags], {
    env: { ...process.env, npm_lifecycle_event: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(state, { recursive: true, force: true })
  }
  let output = ''
  const listens = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
        if (output.includes('Latchkey listens on')) resolve(true)
      })
    }
  })
  const ready = Promise.race([listens, ended.then(() => false)]).then(async (isListening) => {
    if (isListening) return
    await stop()
    throw new Error(`The server did not start:\n${output}`)
  })
  const origin = originOf(port, flags)
  return { origin, outboxLink: outboxLink(origin, readOutboxToken(DEV_VARS) ?? ''), ready, stop }
}

/**
 * The same, and waits until it answers.
 * @param {string[]} flags
 */
export async function serve(flags = []) {
  const server = await beginToServe(flags)
  await server.ready
  return server
}

/** A port on which nothing listens at this moment. */
export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
