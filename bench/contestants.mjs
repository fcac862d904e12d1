// Who is measured, each on a workerd of its own.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from '../scripts/tools.mjs'
import { addToLeast, LEAST_TABLES, signUpAtOurs, signUpAtPeer } from './people.mjs'
import { startWorker } from './workers.mjs'

/** @typedef {import('./people.mjs').Person} Person */
/** @typedef {import('./workers.mjs').Worker} Worker */
/** @typedef {{ name: string, kind: 'ours' | 'least' | 'peer', worker: Worker, people: Person[] }} Player */

const CONNECTIONS = 4
const usernames = Array.from({ length: CONNECTIONS }, (_, index) => `bench${index}`)

export const OURS = 'Latchkey'
export const EMULATED = "Latchkey with Miniflare's limiter"
export const LEAST = 'the least'

/** Where better-auth keeps its sessions. @type {Record<string, string>} */
export const PEERS = { 'better-auth': 'd1', 'better-auth, KV': 'kv', 'better-auth, cookie cache': 'cookie' }

const PEER_FOLDER = fileURLToPath(new URL('peers/better-auth', import.meta.url))

/** @param {string} name @param {string} script @returns {Promise<Player>} */
async function startOurs(name, script) {
  const worker = await startWorker(script)
  const people = []
  for (const username of usernames) people.push(await signUpAtOurs(worker, username))
  return { name, kind: 'ours', worker, people }
}

/** @param {Person[]} ours whose passwords they share @returns {Promise<Player>} */
async function startLeast(ours) {
  const worker = await startWorker('bench/least/index.ts', { tables: LEAST_TABLES })
  const people = []
  for (const [index, username] of usernames.entries()) people.push(await addToLeast(worker, username, ours[index].hash))
  return { name: LEAST, kind: 'least', worker, people }
}

/** @param {string} script of the peer's folder @param {string} sessions */
export async function startPeer(script, sessions) {
  install(PEER_FOLDER)
  const { tables } = await import('./peers/better-auth/sql.mjs')
  return startWorker(join(PEER_FOLDER, script), {
    configuration: join(PEER_FOLDER, 'wrangler.toml'),
    vars: { SESSIONS: sessions },
    tables,
  })
}

/** @param {string} name @returns {Promise<Player>} */
async function startNamedPeer(name) {
  const worker = await startPeer('worker.mjs', PEERS[name] ?? '')
  const people = []
  for (const username of usernames) people.push(await signUpAtPeer(worker, username))
  return { name, kind: 'peer', worker, people }
}

/** @param {{ withPeers: boolean }} options */
export async function startPlayers({ withPeers }) {
  const ours = await startOurs(OURS, 'bench/stub-limiter.ts')
  const players = [ours, await startOurs(EMULATED, 'src/index.ts'), await startLeast(ours.people)]
  if (withPeers) for (const name of Object.keys(PEERS)) players.push(await startNamedPeer(name))
  const hasher = await startWorker('bench/hash.ts')
  return {
    players,
    hasher,
    stop: () => Promise.all([hasher, ...players.map(({ worker }) => worker)].map(({ stop }) => stop())),
  }
}
