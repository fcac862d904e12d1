// Sends requests over connections that stay open. It writes the bytes to sockets itself: `node:http` needs about as long for a
// request as workerd needs for a ping, so it would measure itself.

import { connect } from 'node:net'

/** @typedef {{ method: string, path: string, token?: string, body?: object }} Request */

/** @param {Request} request @returns {Buffer} */
function toBytes({ method, path, token, body }) {
  const content = body && JSON.stringify(body)
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Accept: application/json']
  if (token) lines.push(`Authorization: Bearer ${token}`)
  if (content) lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(content)}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${content ?? ''}`)
}

/** Whether the whole answer has arrived, by its length or by its last chunk. @param {string} text */
function isWhole(text) {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = /\r\nContent-Length: (\d+)/i.exec(text)?.[1]
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= end + 4 + Number(length)
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
  const sockets = await Promise.all(requests.map(() => open(port)))
  let left = count
  const startedAt = performance.now()
  await Promise.all(
    sockets.map((socket, index) => {
      const { promise, resolve, reject } = Promise.withResolvers()
      const bytes = toBytes(requests[index])
      let text = ''
      const next = () => (left-- > 0 ? socket.write(bytes) : resolve(undefined))
      socket.on('data', (chunk) => {
        text += chunk.latin1Slice()
        if (!isWhole(text)) return
        if (!text.startsWith('HTTP/1.1 2')) {
          return reject(new Error(`${requests[index].method} ${requests[index].path}: ${text}`))
        }
        text = ''
        next()
      })
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('The Worker closed the connection')))
      next()
      return promise
    }),
  )
  const seconds = (performance.now() - startedAt) / 1000
  for (const socket of sockets) socket.destroy()
  return seconds
}

/** @param {number} port @returns {Promise<import('node:net').Socket>} */
function open(port) {
  const { promise, resolve, reject } = Promise.withResolvers()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket)).once('error', reject)
  return promise
}
