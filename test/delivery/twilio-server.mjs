/*
 * A stand-in for Twilio's Messages resource, on loopback and outside of the Workers runtime. It checks every request against
 * the documented API, records it, and answers as documented or as a test has asked for. Each test uses its own account.
 *
 * PUT  /control/{accountSid}           [{status, body, headers?} | {hang: true} | {reset: true}]: the next answers, in order
 * GET  /control/{accountSid}?count=n   {requests, accepted}, once there have been n requests
 */
import { once } from 'node:events'
import { createServer } from 'node:http'

/** The parameters of a new message (https://www.twilio.com/docs/messaging/api/message-resource). */
const parameters = {
  To: /^\+[1-9]\d{1,14}$/,
  From: /^(\+[1-9]\d{1,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
  MessagingServiceSid: /^MG[0-9a-fA-F]{32}$/,
  Body: /^.{1,1600}$/s,
}

const documented = {
  20003: { status: 401, message: 'Authenticate' },
  20004: { status: 405, message: 'Method not allowed' },
  20404: { status: 404, message: 'The requested resource was not found' },
  21602: { status: 400, message: 'Message body is required.' },
  21603: { status: 400, message: "A 'From' or 'MessagingServiceSid' parameter is required to send a message" },
  21604: { status: 400, message: "A 'To' phone number is required." },
}

const refusal = (code) => {
  const { status, message } = documented[code]
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } }
}

/** The code of the error that Twilio would answer, or null if it would take the message. */
function faultOf({ method, path, headers, body }, accountSid) {
  if (path !== `/2010-04-01/Accounts/${accountSid}/Messages.json`) return 20404
  if (method !== 'POST') return 20004
  if (headers.authorization !== `Basic ${Buffer.from(`${accountSid}:token of ${accountSid}`).toString('base64')}`)
    return 20003
  const isForm = /^application\/x-www-form-urlencoded(;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')
  const form = new Map(isForm ? new URLSearchParams(body) : [])
  const fits = (name) => parameters[name].test(form.get(name) ?? '')
  if (!fits('To')) return 21604
  if (fits('From') === fits('MessagingServiceSid')) return 21603
  return fits('Body') ? null : 21602
}

function messageResource(form, accountSid) {
  const uri = `/2010-04-01/Accounts/${accountSid}/Messages/SM${'a'.repeat(32)}`
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    body: form.get('Body'),
    date_created: 'Thu, 24 Aug 2023 05:01:45 +0000',
    date_sent: null,
    date_updated: 'Thu, 24 Aug 2023 05:01:45 +0000',
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from: form.get('From'),
    messaging_service_sid: form.get('MessagingServiceSid'),
    num_media: '0',
    num_segments: '1',
    price: null,
    price_unit: null,
    sid: `SM${'a'.repeat(32)}`,
    status: 'queued',
    subresource_uris: { media: `${uri}/Media.json` },
    to: form.get('To'),
    uri: `${uri}.json`,
  }
}

const accounts = new Map()

const accountOf = (sid) => {
  if (!accounts.has(sid)) accounts.set(sid, { answers: [], requests: [], accepted: 0, watchers: new Set() })
  return accounts.get(sid)
}

async function readBody(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

const send = (response, { status, headers, body }) => {
  const isJson = typeof body !== 'string'
  response.writeHead(status, { 'Content-Type': isJson ? 'application/json;charset=utf-8' : 'text/html', ...headers })
  response.end(isJson ? JSON.stringify(body) : body)
}

async function control(request, response, account, count) {
  if (request.method === 'PUT') {
    account.answers.push(...JSON.parse(await readBody(request)))
  } else {
    while (account.requests.length < count) await new Promise((resolve) => account.watchers.add(resolve))
  }
  const { requests, accepted } = account
  send(response, { status: 200, body: { requests, accepted } })
}

async function handle(request, response) {
  const { pathname: path, searchParams, search } = new URL(request.url, 'http://127.0.0.1')
  const [, controlled] = /^\/control\/(\w+)$/.exec(path) ?? []
  if (controlled) return control(request, response, accountOf(controlled), Number(searchParams.get('count') ?? 0))

  const [, sid = ''] = /\/Accounts\/(\w+)/.exec(path) ?? []
  const account = accountOf(sid)
  const { method, headers } = request
  const received = { method, path: path + search, headers, body: await readBody(request) }
  account.requests.push(received)
  for (const notify of account.watchers) notify()
  const fault = faultOf(received, sid)
  const answer = fault === null ? account.answers.shift() : refusal(fault)
  if (answer?.hang) return
  if (answer?.reset) return response.destroy()
  if (answer) return send(response, answer)
  account.accepted++
  send(response, { status: 201, body: messageResource(new URLSearchParams(received.body), sid) })
}

const listen = async (server) => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}

/** @param {import('vitest/node').TestProject} project */
export default async function setup(project) {
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => send(response, { status: 500, body: String(error) }))
  })
  // A port that was just closed refuses connections.
  const closed = createServer()
  project.provide('refusingUrl', await listen(closed))
  closed.close()
  project.provide('twilioUrl', await listen(server))
  return () => {
    server.closeAllConnections()
    server.close()
  }
}
