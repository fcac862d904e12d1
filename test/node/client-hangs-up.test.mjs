import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWorker } from '../../bench/workers.mjs'

/** @type {import('../../bench/workers.mjs').Worker} */
let worker
beforeAll(async () => {
  worker = await startWorker('test/node/slow-assets.ts')
})
afterAll(() => worker?.stop())

const PATH = '/api/v1/auth/sign-up'
const bodyFor = (username) => JSON.stringify({ username, password: 'correct horse battery staple' })

const signUp = (username) =>
  fetch(`http://127.0.0.1:${worker.port}${PATH}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: bodyFor(username),
    signal: AbortSignal.timeout(15_000),
  })

/** Sends a sign-up and resets the TCP connection after `ms`, while the Worker reads the list of common passwords. */
async function signUpAndHangUp(username, ms) {
  const socket = connect(worker.port, '127.0.0.1')
  await once(socket, 'connect')
  const body = bodyFor(username)
  socket.write(
    `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  await sleep(ms)
  socket.resetAndDestroy()
}

it('a client that hangs up keeps nobody else from signing up', async () => {
  await signUpAndHangUp('first', 400)
  const answers = await Promise.all(['second', 'third'].map(signUp))
  expect(answers.map(({ status }) => status)).toEqual([201, 201])
  // The list has been read by now, and is shared.
  expect((await signUp('fourth')).status).toBe(201)
})
