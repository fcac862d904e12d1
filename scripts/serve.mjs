import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { outboxLink, readOutboxToken } from './dev-vars.mjs'

const DEV_VARS = fileURLToPath(new URL('../.dev.vars', import.meta.url))
const DEV = fileURLToPath(new URL('dev.mjs', import.meta.url))

/**
 * Runs the same server as `npm run dev`, on a free port and with a new, empty database.
 * @returns {Promise<{ origin: string, outboxLink: string, stop: () => Promise<void> }>} `outboxLink` shows the messages
 */
export async function serve() {
  const port = await freePort()
  const state = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const child = spawn(process.execPath, [DEV, '--port', String(port), '--persist-to', state], {
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
  const ready = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
        if (output.includes('Latchkey listens on')) resolve(true)
      })
    }
  })
  if (await Promise.race([ready, ended.then(() => false)])) {
    const origin = `http://localhost:${port}`
    return { origin, outboxLink: outboxLink(origin, readOutboxToken(DEV_VARS) ?? ''), stop }
  }
  await stop()
  throw new Error(`The server did not start:\n${output}`)
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
