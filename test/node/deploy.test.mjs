// The rehearsal of docs/deploy.md: after each run, the state of Cloudflare is what that page promises.

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LONG, ORIGIN, rehearsals, YES } from '../deploy/rehearsal.mjs'
import { databaseOf, expectDeployed, healthOf, namespaceOf, picture, settingsOf, trafficOf } from '../deploy/state.mjs'
import { migrationsOf } from '../deploy/storage.mjs'

const begin = rehearsals()

describe.concurrent('npm run deploy', LONG, () => {
  it('deploys Latchkey, then a new version of it, then staging beside it, and goes back', async () => {
    const rehearsal = await begin({ isWhole: true })
    const { cloudflare } = rehearsal
    const account = cloudflare.account()

    const dry = await rehearsal.deploy('--dry-run')
    expect(dry).toMatchObject({ code: 0, questions: [] })
    expect(cloudflare.changes).toEqual([])

    const first = await rehearsal.deploy()
    expect(first.said).toContain(`answers at ${ORIGIN}`)
    expect(first.code).toBe(0)
    const { database, newest } = await expectDeployed(rehearsal)
    expect(database).toMatchObject({ location: 'apac', jurisdiction: null })
    expect(settingsOf(newest)).toMatchObject({
      PLAN: 'paid',
      PUBLIC_ORIGIN: ORIGIN,
      EMAIL_FROM: 'no-reply@example.com',
    })
    expect(newest.bindings).toContainEqual(expect.objectContaining({ name: 'EMAIL', type: 'send_email' }))
    for (const [name, value] of newest.secrets) {
      expect(first.said).toContain(`${name}=${value}`)
      expect(Buffer.from(value, 'base64')).toHaveLength(32)
    }
    expect(rehearsal.read('wrangler.toml')).toContain(`PUBLIC_ORIGIN = "${ORIGIN}"`)
    expect(await healthOf(rehearsal, ORIGIN)).toMatchObject({ version: { id: newest.id } })

    const second = await rehearsal.deploy()
    expect(second).toMatchObject({ code: 0, questions: ['Deploy'] })
    const later = await expectDeployed(rehearsal)
    expect(later.newest.id).not.toBe(newest.id)
    expect(later.newest.secrets).toEqual(newest.secrets)
    const splits = later.worker.deployments.map(({ versions }) => versions.map(({ percentage }) => percentage))
    expect(splits).toEqual([[100], [100, 0], [100]])
    expect(account.databases.size).toBe(1)

    const before = picture(account, 'latchkey')
    const staging = await rehearsal.deploy('--env staging')
    expect(staging.code, staging.said).toBe(0)
    const { newest: staged } = await expectDeployed(rehearsal, 'latchkey-staging')
    expect(picture(account, 'latchkey')).toBe(before)
    expect([...staged.secrets.values()]).not.toEqual([...newest.secrets.values()])
    expect(settingsOf(staged).PUBLIC_ORIGIN).toBe('https://latchkey-staging.rehearsal.workers.dev')

    const stagingBefore = picture(account, 'latchkey-staging')
    expect(await rehearsal.deploy('--roll-back', { ci: true })).toMatchObject({ code: 0 })
    expect(trafficOf(account.workers.get('latchkey'))).toEqual([[newest.id, 100]])
    expect(picture(account, 'latchkey-staging')).toBe(stagingBefore)
  })

  it('goes on after each step of a first deploy has failed', async () => {
    const rehearsal = await begin()
    const { cloudflare } = rehearsal
    const account = cloudflare.account()
    const failAt = async (pattern) => {
      cloudflare.failOnce(pattern, { status: 400 })
      const { code, said } = await rehearsal.deploy()
      expect([code, said]).toEqual([1, expect.stringContaining('made to fail')])
      expect(cloudflare.hasFailuresLeft()).toBe(false)
    }
    await failAt(/^GET \/accounts$/)
    await failAt(/^GET .*\/d1\/database$/)
    await failAt(/^GET .*\/subdomain$/)
    expect(cloudflare.changes).toEqual([])
    await failAt(/^POST .*\/d1\/database$/)
    expect(account.databases.size).toBe(0)
    await failAt(/^PUT .*\/d1\/database/)
    await failAt(/^POST .*\/namespaces$/)
    expect(databaseOf(account, 'latchkey').read_replication.mode).toBe('auto')
    await failAt(/^POST .*\/query$/) // looks for the migrations that are applied
    await failAt(/^PUT .*\/scripts\/latchkey$/)
    expect(migrationsOf(databaseOf(account, 'latchkey'))).toEqual(['0000_init.sql'])
    expect(account.workers.size).toBe(0)
    await failAt(/^PUT .*\/schedules$/)
    expect(account.workers.get('latchkey').deployments).toHaveLength(1)
    expect(await rehearsal.deploy()).toMatchObject({ code: 0, questions: ['Deploy'] })
    await expectDeployed(rehearsal)
    expect([account.databases.size, account.namespaces.size, account.workers.size]).toEqual([1, 1, 1])
  })

  it('keeps the version before alive while each step of a later deploy fails', async () => {
    const rehearsal = await begin()
    const { cloudflare } = rehearsal
    const account = cloudflare.account()
    expect(await rehearsal.deploy()).toMatchObject({ code: 0 })
    const worker = account.workers.get('latchkey')
    const [old] = worker.versions
    const expectOld = () => expect(trafficOf(worker)).toEqual([[old.id, 100]])

    cloudflare.failOnce(/^POST .*\/versions$/, { status: 400 })
    expect(await rehearsal.deploy()).toMatchObject({ code: 1, said: expect.stringContaining('made to fail') })
    expectOld()

    cloudflare.failOnce(/^POST .*\/deployments$/, { status: 400 })
    const atZero = await rehearsal.deploy()
    expect(atZero).toMatchObject({
      code: 1,
      said: expect.stringContaining(`All traffic goes to the version before, ${old.id}`),
    })
    expectOld()

    cloudflare.state.illness = ({ id }) => (id === old.id ? undefined : 'EMAIL_FROM must be an e-mail address.')
    const ill = await rehearsal.deploy()
    expect(ill).toMatchObject({ code: 1, said: expect.stringContaining('503 EMAIL_FROM must be an e-mail address.') })
    expect(ill.said).toContain('run the same command again')
    expectOld()
    cloudflare.state.illness = () => undefined

    cloudflare.failOnce(/^PUT .*\/schedules$/, { status: 400 })
    const triggers = await rehearsal.deploy()
    expect(triggers).toMatchObject({ code: 1, said: expect.stringContaining('The new version is live.') })
    expect(trafficOf(worker)).toEqual([[worker.versions[0].id, 100]])

    expect(await rehearsal.deploy()).toMatchObject({ code: 0 })
    await expectDeployed(rehearsal)
  })

  it('does nothing to the code when a migration fails or is not safe', async () => {
    const rehearsal = await begin()
    const { cloudflare } = rehearsal
    expect(await rehearsal.deploy()).toMatchObject({ code: 0 })
    const { worker, database, newest } = await expectDeployed(rehearsal)

    rehearsal.write('drizzle/0001_unsafe.sql', 'ALTER TABLE `todos` RENAME COLUMN `contents` TO `content`;')
    const unsafe = await rehearsal.deploy()
    expect(unsafe.code).toBe(1)
    expect(unsafe.said).toContain('0001_unsafe.sql: renames something that the running code may use')
    expect(unsafe.said).toContain('-- survives:')

    rehearsal.write('drizzle/0001_unsafe.sql', 'CREATE TABLE `a` (`b` integer);')
    rehearsal.write(
      'drizzle/0002_wrong.sql',
      'CREATE TABLE `c` (`d` integer);\n--> statement-breakpoint\nCREATE INDEX `e` ON `todos` (`no_such_column`);',
    )
    const wrong = await rehearsal.deploy()
    expect(wrong.code).toBe(1)
    expect(wrong.said).toContain('0002_wrong.sql was not applied. The code that ran before is still running')
    expect(migrationsOf(database)).toEqual(['0000_init.sql', '0001_unsafe.sql'])
    expect(database.sqlite.prepare("SELECT name FROM sqlite_master WHERE name = 'c'").all()).toEqual([])
    expect(trafficOf(worker)).toEqual([[newest.id, 100]])
    expect(worker.versions).toEqual([newest])

    rehearsal.write('drizzle/0002_wrong.sql', 'CREATE TABLE `c` (`d` integer);')
    expect(await rehearsal.deploy()).toMatchObject({ code: 0 })
    expect(migrationsOf(database)).toEqual(['0000_init.sql', '0001_unsafe.sql', '0002_wrong.sql'])
    expect(await healthOf(rehearsal, ORIGIN)).toMatchObject({ schema: { finds: '0002_wrong' } })
    expect(cloudflare.account().databases.size).toBe(1)
  })

  it('takes everything from flags and files where nobody can be asked', async () => {
    const rehearsal = await begin()
    const { cloudflare, folder } = rehearsal
    const run = (flags) => rehearsal.deploy(flags, { ci: true })
    const missing = async (name, flags) => {
      expect(await run(flags)).toMatchObject({ code: 1, said: expect.stringContaining(`${name} is missing`) })
      expect(cloudflare.changes).toEqual([])
    }
    const noToken = await rehearsal.deploy('', { ci: true, env: { CLOUDFLARE_API_TOKEN: '' } })
    expect(noToken).toMatchObject({ code: 1, said: expect.stringContaining('CLOUDFLARE_API_TOKEN is missing') })
    await missing('PLAN')
    rehearsal.set({ PLAN: 'paid' })
    await missing('PUBLIC_ORIGIN')
    rehearsal.set({ PUBLIC_ORIGIN: ORIGIN })
    await missing('A way to send messages')
    await missing('--location or --jurisdiction', '--without-messages')
    await missing('AUTH_SECRET', '--without-messages --jurisdiction eu')
    const file = join(folder, 'secrets')
    const secret = () => randomBytes(32).toString('base64')
    const [auth, pepper] = [secret(), secret()]
    writeFileSync(file, `AUTH_SECRET="${auth}"\n`, { mode: 0o600 })
    await missing('PASSWORD_PEPPER', `--without-messages --jurisdiction eu --secrets ${file}`)
    writeFileSync(file, `AUTH_SECRET="${auth}"\nPASSWORD_PEPPER="${pepper}"\n`)
    const done = await run(`--without-messages --jurisdiction eu --secrets ${file}`)
    expect(done.code, done.said).toBe(0)
    const { database, newest } = await expectDeployed(rehearsal)
    expect(database.jurisdiction).toBe('eu')
    expect(namespaceOf(cloudflare.account(), 'latchkey').jurisdiction).toBe('eu')
    expect(Object.fromEntries(newest.secrets)).toEqual({ AUTH_SECRET: auth, PASSWORD_PEPPER: pepper })
    expect(done.said).not.toContain(auth)

    // A secret that a new setting needs is missing: nothing happens, and then it comes with the code that needs it.
    rehearsal.set({ GITHUB_CLIENT_ID: 'id' })
    const forgotten = await run('')
    expect(forgotten).toMatchObject({ code: 1, said: expect.stringContaining('GITHUB_CLIENT_SECRET is missing') })
    const asked = await rehearsal.deploy('', { answers: { ...YES, GITHUB_CLIENT_SECRET: 'the secret of GitHub' } })
    expect(asked).toMatchObject({ code: 0, questions: ['GITHUB_CLIENT_SECRET', 'Deploy'] })
    const { newest: later } = await expectDeployed(rehearsal)
    expect(later.secrets.get('GITHUB_CLIENT_SECRET')).toBe('the secret of GitHub')
    expect(newest.secrets.has('GITHUB_CLIENT_SECRET')).toBe(false)
  })

  it('finishes what the "Deploy to Cloudflare" button has begun', async () => {
    const rehearsal = await begin()
    const { cloudflare } = rehearsal
    const account = cloudflare.account()
    // The button makes the database, the namespace and an empty Worker with the secrets, and writes the ids into wrangler.toml.
    const api = (path, body) =>
      fetch(`${cloudflare.url}/accounts/account-1${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }).then((answer) => answer.json())
    const { uuid } = (await api('/d1/database', { name: 'my-todos' })).result
    const { id } = (await api('/storage/kv/namespaces', { title: 'my-todos' })).result
    const toml = rehearsal.read('wrangler.toml')
    rehearsal.write(
      'wrangler.toml',
      toml
        .replace('binding = "DB"', `binding = "DB"\ndatabase_id = "${uuid}"`)
        .replace('binding = "KV"', `binding = "KV"\nid = "${id}"`),
    )
    const secrets = new Map([
      ['AUTH_SECRET', 'one'],
      ['PASSWORD_PEPPER', 'two'],
    ])
    const empty = { id: 'empty', bindings: [], secrets, metadata: { created_on: new Date().toISOString() } }
    account.workers.set('my-todos', {
      name: 'my-todos',
      tag: 'tag',
      versions: [empty],
      deployments: [{ id: 'd', created_on: '2026', versions: [{ version_id: 'empty', percentage: 100 }] }],
      settings: {},
      schedules: [],
      subdomain: { enabled: false, previews_enabled: false },
    })
    const env = {
      CI: 'true',
      WORKERS_CI: '1',
      WRANGLER_CI_OVERRIDE_NAME: 'my-todos',
      CLOUDFLARE_ACCOUNT_ID: 'account-1',
    }
    const done = await rehearsal.deploy('', { ci: true, env })
    expect(done.code, done.said).toBe(0)
    expect([account.databases.size, account.namespaces.size, account.workers.size]).toEqual([1, 1, 1])
    const { newest } = await expectDeployed(rehearsal, 'my-todos')
    expect(newest.secrets).toEqual(secrets)
    expect(settingsOf(newest).PUBLIC_ORIGIN).toBe('https://my-todos.rehearsal.workers.dev')
  })

  it('serves a domain of the account, and takes it from nobody', async () => {
    const rehearsal = await begin()
    const { cloudflare } = rehearsal
    const account = cloudflare.account()
    const answers = { ...YES, Address: 'todo.example.com', 'Something else is at': 'n' }
    const noZone = await rehearsal.deploy('', { answers })
    expect(noZone).toMatchObject({
      code: 1,
      said: expect.stringContaining('No domain of this account fits todo.example.com'),
    })
    expect(cloudflare.changes).toEqual([])

    account.zones.push('example.com')
    account.domains.set('todo.example.com', 'shop')
    const taken = await rehearsal.deploy('', { answers })
    expect(taken).toMatchObject({
      code: 1,
      said: expect.stringContaining('todo.example.com belongs to the Worker shop'),
    })
    account.domains.clear()

    account.records.add('todo.example.com')
    const refused = await rehearsal.deploy('', { answers })
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('todo.example.com was left alone') })
    expect(account.domains.size).toBe(0)
    expect(account.workers.get('latchkey').subdomain.enabled).toBe(false)

    account.records.clear()
    cloudflare.changes.length = 0
    const done = await rehearsal.deploy('', { answers })
    expect(done.code, done.said).toBe(0)
    expect([...account.domains]).toEqual([['todo.example.com', 'latchkey']])
    const { worker } = await expectDeployed(rehearsal)
    expect(worker.subdomain).toEqual({ enabled: false, previews_enabled: false })
    expect(rehearsal.read('wrangler.toml')).toContain('PUBLIC_ORIGIN = "https://todo.example.com"')
  })
})
