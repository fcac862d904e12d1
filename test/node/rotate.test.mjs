// The rehearsal of docs/operations.md: a rotation, a leak and an examination, by wrangler itself, against the stand-in of Cloudflare.

import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { KINDS } from '../../scripts/rotate/secrets.mjs'
import { doctorSchema } from '../../src/operator/doctor-schemas.ts'
import { LONG, ORIGIN, rehearsals } from '../deploy/rehearsal.mjs'

const TOKEN = 'a-token-of-an-operator-of-32-bytes-or-more'
const DAY_MS = 86_400_000

const newRehearsal = rehearsals()

/** What `npm run deploy` leaves at Cloudflare, and an operator's token. */
function addDeployment(account) {
  const sqlite = new DatabaseSync(':memory:')
  sqlite.exec(readFileSync('drizzle/0000_init.sql', 'utf8'))
  sqlite.exec('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)')
  sqlite.exec("INSERT INTO d1_migrations (name) VALUES ('0000_init.sql')")
  const database = { uuid: randomUUID(), name: 'latchkey', read_replication: { mode: 'auto' }, sqlite }
  account.databases.set(database.uuid, database)
  account.namespaces.set('kv', { id: 'kv', title: 'latchkey' })
  const secret = () => randomBytes(32).toString('base64')
  const version = {
    id: randomUUID(),
    number: 1,
    metadata: { created_on: new Date().toISOString() },
    secrets: new Map([
      ['AUTH_SECRET', secret()],
      ['PASSWORD_PEPPER', secret()],
      ['OPERATOR_TOKEN', TOKEN],
    ]),
    bindings: [
      { type: 'd1', name: 'DB', id: database.uuid },
      { type: 'plain_text', name: 'PUBLIC_ORIGIN', text: ORIGIN },
    ],
  }
  const worker = {
    name: 'latchkey',
    tag: 'tag',
    versions: [version],
    deployments: [{ id: randomUUID(), versions: [{ version_id: version.id, percentage: 100 }] }],
    settings: {},
    schedules: [],
    subdomain: { enabled: true, previews_enabled: false },
  }
  account.workers.set(worker.name, worker)
  return { worker, sqlite }
}

/** A deployment with an operator, and its owner's copy of the secrets. */
async function begin() {
  const rehearsal = await newRehearsal()
  const account = rehearsal.cloudflare.account()
  const { worker, sqlite } = addDeployment(account)
  rehearsal.set({ PUBLIC_ORIGIN: ORIGIN })
  const live = () =>
    Object.fromEntries(worker.versions.find(({ id }) => id === worker.deployments[0].versions[0].version_id).secrets)
  const file = join(rehearsal.folder, 'kept.env')
  const { AUTH_SECRET, PASSWORD_PEPPER } = live()
  writeFileSync(file, `AUTH_SECRET="${AUTH_SECRET}"\nPASSWORD_PEPPER="${PASSWORD_PEPPER}"\n`, { mode: 0o600 })
  const options = { env: { OPERATOR_TOKEN: TOKEN } }
  return {
    ...rehearsal,
    worker,
    live,
    file,
    sqlite,
    kept: () => ({ ...parseEnv(readFileSync(file, 'utf8')) }),
    rotate: (flags, more = {}) => rehearsal.rotate(flags, { ...options, ...more }),
    doctor: (flags, more = {}) => rehearsal.doctor(flags, { ...options, ...more }),
  }
}

/** The secrets of each version that was live, the oldest first. */
const history = ({ worker }, kind) =>
  worker.deployments
    .toReversed()
    .map(({ versions: [{ version_id: id }] }) => worker.versions.find((version) => version.id === id).secrets)
    .map((secrets) => [secrets.get(KINDS[kind].current), secrets.get(KINDS[kind].previous)])

const signUp = (sqlite, name, pepper) => {
  const hash = `$pbkdf2-sha256-chained$i=100000,r=6,p=${KINDS.pepper.nameOf(pepper)}$salt$hash`
  sqlite
    .prepare('INSERT INTO users (id, username, password_hash, created_at, updated_at) VALUES (?, ?, ?, 0, 0)')
    .run(name, name, hash)
}

/** Sessions that began some time ago. */
const addSessions = (sqlite, userId, count) => {
  const now = Date.now()
  const time = (now - 60_000).toString(16).padStart(12, '0')
  const add = sqlite.prepare(
    'INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at, device_hash) VALUES (?, ?, ?, ?, ?, 0)',
  )
  for (let n = 0; n < count; n++) {
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(n).padStart(12, '0')}`
    add.run(id, userId, now - 60_000, now - 60_000, now + DAY_MS)
  }
}

describe.concurrent('npm run rotate', LONG, () => {
  it('turns AUTH_SECRET over in two steps, each accepting both, and finishes when nothing needs the old one', async () => {
    const rehearsal = await begin()
    const { cloudflare, live, kept, file } = rehearsal
    const { AUTH_SECRET: old, PASSWORD_PEPPER } = live()
    const turned = await rehearsal.rotate(`auth --file ${file}`, { ci: true })
    expect(turned.said).toContain('npm run rotate -- auth --finish')
    expect(turned.code).toBe(0)
    const { AUTH_SECRET: fresh } = live()
    expect(history(rehearsal, 'auth')).toEqual([
      [old, undefined],
      [old, fresh],
      [fresh, old],
    ])
    expect(Buffer.from(fresh, 'base64')).toHaveLength(32)
    expect(kept()).toEqual({ AUTH_SECRET: fresh, AUTH_SECRET_PREVIOUS: old, PASSWORD_PEPPER })
    expect(statSync(file).mode & 0o077).toBe(0)
    for (const secret of [old, fresh]) expect(turned.said).not.toContain(secret)

    const again = await rehearsal.rotate(`auth --file ${file}`, { ci: true })
    expect(again).toMatchObject({ code: 1, said: expect.stringContaining('the rotation before is not finished') })
    const early = await rehearsal.rotate(`auth --finish --file ${file}`, { ci: true })
    expect(early).toMatchObject({ code: 1, said: expect.stringContaining('The old secret is needed') })
    expect(live()).toMatchObject({ AUTH_SECRET: fresh, AUTH_SECRET_PREVIOUS: old })

    const since = new Date(Date.now() - 30 * DAY_MS).toISOString()
    const names = { kid: KINDS.auth.nameOf(fresh), previousKid: KINDS.auth.nameOf(old) }
    cloudflare.state.findings.authSecret = { ...names, since, olderSessions: 12 }
    cloudflare.state.findings.secondFactors = { secrets: 3, previousSecrets: 1, unknownSecrets: 0 }
    expect(await rehearsal.rotate(`auth --finish --file ${file}`, { ci: true })).toMatchObject({
      code: 1,
      said: expect.stringContaining('1 secrets of authenticator apps'),
    })
    delete cloudflare.state.findings.secondFactors
    const examined = await rehearsal.doctor()
    expect(examined).toMatchObject({ code: 1, said: expect.stringContaining('npm run rotate -- auth --finish') })
    const finishing = rehearsal.rotate(`auth --finish --file ${file}`, { ci: true })
    // The Worker sees the change only when it is made.
    const watch = setInterval(() => {
      if (live().AUTH_SECRET_PREVIOUS === undefined) delete cloudflare.state.findings.authSecret
    }, 5)
    expect(await finishing).toMatchObject({ code: 0 })
    clearInterval(watch)
    expect(live().AUTH_SECRET_PREVIOUS).toBeUndefined()
    expect(kept()).toEqual({ AUTH_SECRET: fresh, PASSWORD_PEPPER })
  })

  it.each([1, 2])('goes on where it stopped, after the change %i of secrets has failed', async (nth) => {
    const rehearsal = await begin()
    const { cloudflare, live, kept, file } = rehearsal
    const { AUTH_SECRET: old } = live()
    let asked = 0
    cloudflare.failOnce({ test: (request) => request.endsWith('/secrets-bulk') && ++asked === nth })
    const failed = await rehearsal.rotate(`auth --file ${file}`, { ci: true })
    expect(failed).toMatchObject({ code: 1, said: expect.stringContaining('Run the same command again') })
    const { AUTH_SECRET_NEXT: fresh } = kept()
    expect(live().AUTH_SECRET).toBe(old)
    const again = await rehearsal.rotate(`auth --file ${file}`, { ci: true })
    expect(again.said).toContain('--finish')
    expect(history(rehearsal, 'auth')).toEqual([
      [old, undefined],
      [old, fresh],
      [fresh, old],
    ])
    expect(kept()).toMatchObject({ AUTH_SECRET: fresh, AUTH_SECRET_PREVIOUS: old })
    expect(kept()).not.toHaveProperty('AUTH_SECRET_NEXT')
  })

  it('turns PASSWORD_PEPPER over, and keeps the old one while a hash needs it', async () => {
    const rehearsal = await begin()
    const { live, file, sqlite } = rehearsal
    const { PASSWORD_PEPPER: old } = live()
    signUp(sqlite, 'alice', old)
    expect(await rehearsal.rotate(`pepper --file ${file}`, { ci: true })).toMatchObject({ code: 0 })
    const { PASSWORD_PEPPER: fresh } = live()
    expect(history(rehearsal, 'pepper')).toEqual([
      [old, undefined],
      [old, fresh],
      [fresh, old],
    ])
    expect(await rehearsal.rotate(`pepper --finish --file ${file}`, { ci: true })).toMatchObject({
      code: 1,
      said: expect.stringContaining('1 passwords need the old pepper'),
    })
    sqlite.exec('DELETE FROM users')
    signUp(sqlite, 'alice', fresh)
    expect(await rehearsal.rotate(`pepper --finish --file ${file}`, { ci: true })).toMatchObject({ code: 0 })
    expect(live().PASSWORD_PEPPER_PREVIOUS).toBeUndefined()
  })

  it('asks for the old secret and shows the new one, where no file is named', async () => {
    const rehearsal = await begin()
    const { live } = rehearsal
    const { AUTH_SECRET: old } = live()
    const wrong = await rehearsal.rotate('auth', {
      answers: { 'AUTH_SECRET:': 'not the secret', 'Have you kept': 'y' },
    })
    expect(wrong).toMatchObject({ code: 1, said: expect.stringContaining('This is not the AUTH_SECRET of latchkey') })
    const unkept = await rehearsal.rotate('auth', { answers: { 'AUTH_SECRET:': old, 'Have you kept': 'n' } })
    expect(unkept).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was changed') })
    expect(history(rehearsal, 'auth')).toEqual([[old, undefined]])
    const turned = await rehearsal.rotate('auth', { answers: { 'AUTH_SECRET:': old, 'Have you kept': 'y' } })
    expect(turned).toMatchObject({ code: 0, said: expect.stringContaining(`AUTH_SECRET=${live().AUTH_SECRET}`) })
    expect(turned.said).not.toContain(old)
  })

  it('changes nothing without what it needs', async () => {
    const rehearsal = await begin()
    const { file, root, worker } = rehearsal
    const before = worker.versions.length
    const cases = [
      ['auth', { ci: true }, '--file FILE is missing'],
      [`auth --file ${file}`, { ci: true, env: {} }, 'OPERATOR_TOKEN is missing'],
      [`auth --file ${file}`, { ci: true, env: { OPERATOR_TOKEN: 'wrong' } }, 'does not know this OPERATOR_TOKEN'],
      [`auth --file ${root}/kept.env`, { ci: true }, 'is inside the repository'],
      [`auth --env nowhere --file ${file}`, { ci: true }, 'has no environment nowhere'],
      [`auth --leaked --file ${file}`, { ci: true }, '--yes is missing'],
      ['pepper --leaked', { ci: true }, '--leaked is for auth'],
      ['secret', { ci: true }, 'Say auth or pepper'],
      ['auth --leakd', { ci: true }, '--leakd'],
      [`auth --finish --file ${file}`, { ci: true }, 'there is nothing to finish'],
    ]
    for (const [flags, options, message] of cases) {
      expect(await rehearsal.rotate(flags, options), flags).toMatchObject({
        code: 1,
        said: expect.stringContaining(message),
      })
    }
    chmodSync(file, 0o644)
    expect(await rehearsal.rotate(`auth --file ${file}`, { ci: true })).toMatchObject({
      code: 1,
      said: expect.stringContaining('chmod 600'),
    })
    expect(worker.versions).toHaveLength(before)
  })

  it('ends everything when the secret has leaked, in batches, and each owner can see it', async () => {
    const rehearsal = await begin()
    const { live, kept, file, sqlite, cloudflare } = rehearsal
    const { AUTH_SECRET: old, PASSWORD_PEPPER } = live()
    signUp(sqlite, 'alice', PASSWORD_PEPPER)
    addSessions(sqlite, 'alice', 1200)
    const count = (table) => sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get().n
    const declined = await rehearsal.rotate(`auth --leaked --file ${file}`, { answers: { 'Type latchkey': 'no' } })
    expect(declined).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was changed') })
    expect(count('sessions')).toBe(1200)

    // It breaks off between two batches, and the same command goes on.
    let queries = 0
    cloudflare.failOnce({ test: (request) => request.endsWith('/query') && ++queries === 4 })
    expect(await rehearsal.rotate(`auth --leaked --yes --file ${file}`, { ci: true })).toMatchObject({ code: 1 })
    const { AUTH_SECRET_NEXT: fresh } = kept()
    expect(live()).toMatchObject({ AUTH_SECRET: fresh })
    expect(count('sessions')).toBe(700)
    const ended = await rehearsal.rotate(`auth --leaked --yes --file ${file}`, { ci: true })
    expect(ended).toMatchObject({ code: 0, said: expect.stringContaining('700 ended') })
    expect(history(rehearsal, 'auth')).toEqual([
      [old, undefined],
      [fresh, undefined],
    ])
    expect(kept()).toEqual({ AUTH_SECRET: fresh, PASSWORD_PEPPER })
    expect([count('sessions'), count('activity')]).toEqual([0, 1200])
    const events = sqlite.prepare('SELECT DISTINCT event, user_id FROM activity').all()
    expect(events).toEqual([{ event: 'session_ended', user_id: 'alice' }])
  })
})

describe.concurrent('npm run doctor', LONG, () => {
  it('says ok for each part, and then what to do about each that is not well', async () => {
    const rehearsal = await begin()
    const { cloudflare } = rehearsal
    const well = await rehearsal.doctor()
    expect(well.said).not.toMatch(/^! /m)
    expect(well.code).toBe(0)
    const names = [...well.said.matchAll(/^ok (\S+)/gm)].map(([, name]) => name)
    expect(names).toEqual(
      'Secrets Replication Health Clock Plan Messages Providers Alarms Cron Backlog Budgets AUTH_SECRET Pepper Second'.split(
        ' ',
      ),
    )

    const now = Date.now()
    const ago = (ms) => new Date(now - ms).toISOString()
    const ills = {
      plan: [{ plan: 'free', passwords: 'on' }, 'Set PASSWORDS to off'],
      kv: [{ plan: 'free', passwords: 'off', kvWritesToday: 900 }, '900 of the 1000'],
      half: [{ channels: [{ channel: 'sms', missing: ['TWILIO_AUTH_TOKEN'] }] }, 'sms lacks TWILIO_AUTH_TOKEN'],
      channels: [{ channels: [{ channel: 'sms', missing: null }] }, 'Neither e-mail nor SMS'],
      providers: [{ providerFaults: ['Google lacks GOOGLE_CLIENT_SECRET'] }, 'Google lacks GOOGLE_CLIENT_SECRET'],
      alarms: [{ alarms: false }, 'Set the secret ALARM_URL'],
      cron: [{ purge: { at: null, overdueSeconds: {} } }, 'It has not run yet'],
      late: [{ purge: { at: ago(3_600_000), overdueSeconds: {} } }, 'It ran 60 minutes ago'],
      behind: [{ purge: { at: ago(0), overdueSeconds: { codes: 90 } } }, 'codes 90 s'],
      spent: [{ budgets: [{ channel: 'sms', pool: 'notices', left: 0, size: 300 }] }, 'sms notices'],
      pepper: [
        { pepper: { hashes: 9, previousHashes: 0, unknownHashes: 2, previousId: null, next: null } },
        '2 of 9 password hashes',
      ],
      factors: [
        { secondFactors: { secrets: 5, previousSecrets: 0, unknownSecrets: 2 } },
        '2 of 5 secrets of authenticator apps',
      ],
    }
    for (const [name, [finding, text]] of Object.entries(ills)) {
      cloudflare.state.findings = finding
      const { code, said } = await rehearsal.doctor('--worker-only', {})
      expect({
        name,
        code,
        said: said
          .split('\n')
          .filter((line) => line.startsWith('!'))
          .join('\n'),
      }).toEqual({
        name,
        code: 1,
        said: expect.stringContaining(text),
      })
    }
    cloudflare.state.findings = {}
  })

  it('says what Cloudflare lacks, and what it could not ask', async () => {
    const { cloudflare, doctor, sqlite: _, worker } = await begin()
    const [database] = cloudflare.account().databases.values()
    database.read_replication = { mode: 'disabled' }
    worker.versions[0].secrets.delete('PASSWORD_PEPPER')
    const { code, said } = await doctor('', { env: {} })
    expect(code).toBe(1)
    expect(said).toMatch(/^! {2}Secrets +PASSWORD_PEPPER: missing\. Run `npm run deploy`/m)
    expect(said).toMatch(/^! {2}Replication/m)
    expect(said).toMatch(/^! {2}Health +\/health answers 503: PASSWORD_PEPPER is missing/m)
    expect(said).toMatch(/^! {2}Worker +Not asked: OPERATOR_TOKEN is missing/m)
    expect(await doctor('--env staging')).toMatchObject({
      code: 1,
      said: expect.stringContaining('PUBLIC_ORIGIN is not set'),
    })
  })

  it('reads what the Worker answers in truth', async () => {
    const { cloudflare } = await begin()
    const answer = await cloudflare.fetch(`${ORIGIN}/api/v1/operator/doctor`, {
      headers: { Authorization: `Bearer ${TOKEN}` },
    })
    expect(doctorSchema.strict().parse(await answer.json())).toBeDefined()
  })
})

it('knows the names that the Worker gives to its secrets', () => {
  // test/rotation/rotation.test.ts has the same, from the Worker itself.
  expect(KINDS.auth.nameOf('a secret for the tests, of at least 32 bytes')).toBe('z-911YQlBjo')
  expect(KINDS.pepper.nameOf('a pepper for the tests, of at least 32 bytes')).toBe('6VfUhOxs')
})
