/*
 * A stand-in for the receiver of alarms (an incoming webhook of Slack), on loopback. Each test uses a path of its own.
 *
 * POST /{name}            keeps the message. Answers 200; 500 if the name begins with `broken`, nothing if it begins with `silent`
 * GET  /{name}            the messages so far
 */
import { once } from 'node:events'
import { createServer } from 'node:http'

const received = new Map()

async function handle(request, response) {
  const name = request.url.slice(1)
  const messages = received.get(name) ?? []
  received.set(name, messages)
  if (request.method === 'GET') return response.end(JSON.stringify(messages))
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  messages.push({ type: request.headers['content-type'], body: JSON.parse(Buffer.concat(chunks).toString('utf8')) })
  if (name.startsWith('silent')) return
  response.writeHead(name.startsWith('broken') ? 500 : 200).end('ok')
}

/** @param {import('vitest/node').TestProject} project */
export default async function setup(project) {
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.writeHead(400).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('alarmsUrl', `http://127.0.0.1:${server.address().port}`)
  return () => {
    server.closeAllConnections()
    server.close()
  }
}
