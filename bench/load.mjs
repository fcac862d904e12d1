// Sends requests over connections that stay open. It writes the bytes to sockets itself: `node:http` needs about as long for a
// request as workerd needs for a ping, so it would measure itself.

import { connect } from 'node:net'

/** @typedef {{ method: string, path: string, headers?: Record<string, string>, body?: object }} Request */

/** @param {Request} request @returns {Buffer} */
export function toBytes({ method, path, headers = {}, body }) {
  const content = body && JSON.stringify(body)
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Accept: application/json']
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (content) lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(content)}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${content ?? ''}`)
}

/** Whether the whole answer has arrived, by its length or by its last chunk. @param {string} text */
function isWhole(text) {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  if (text.startsWith('HTTP/1.1 204') || text.startsWith('HTTP/1.1 304')) return true
  const length = /\r\nContent-Length: (\d+)/i.exec(text)?.[1]
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= end + 4 + Number(length)
}

/**
 * A connection that sends one request after another.
 * @param {number} port
 */
export async function openConnection(port) {
  const socket = await open(port)
  /** @type {PromiseWithResolvers<string> | undefined} */
  let waiting
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.latin1Slice()
    if (!isWhole(text)) return
    const answer = text
    text = ''
    waiting?.resolve(answer)
  })
  socket.on('error', (error) => waiting?.reject(error))
  socket.on('close', () => waiting?.reject(new Error('The Worker closed the connection')))
  return {
    /** @param {Buffer} bytes of a request @returns {Promise<string>} the whole answer, as latin1 */
    send: (bytes) => {
      waiting = Promise.withResolvers()
      socket.write(bytes)
      return waiting.promise
    },
    close: () => socket.destroy(),
  }
}

/**
 * Sends `count` requests and waits for every answer. Each connection repeats its own request.
 * @param {number} port
 * @param {Request[]} requests one for each connection
 * @param {number} count
 * @returns {Promise<number>} the seconds that it took
 * @throws {Error} if an answer is not 2xx
 */
export async function load(port, requests, count) {
  const connections = await Promise.all(requests.map(() => openConnection(port)))
  let left = count
  const startedAt = performance.now()
  await Promise.all(
    connections.map(async ({ send }, index) => {
      const bytes = toBytes(requests[index])
      while (left-- > 0) {
        const answer = await send(bytes)
        if (!answer.startsWith('HTTP/1.1 2')) throw new Error(`${bytes}\n${answer}`)
      }
    }),
  )
  const seconds = (performance.now() - startedAt) / 1000
  for (const { close } of connections) close()
  return seconds
}

/** @param {number} port @returns {Promise<import('node:net').Socket>} */
function open(port) {
  const { promise, resolve, reject } = Promise.withResolvers()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket)).once('error', reject)
  return promise
}
