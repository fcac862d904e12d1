// What `npm run deploy` asks and refuses before it changes anything.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { NEEDED_WITH } from '../../scripts/deploy/steps/secrets.mjs'
import { LONG, rehearsals, YES } from '../deploy/rehearsal.mjs'
import { databaseOf } from '../deploy/state.mjs'

const begin = rehearsals()

describe('npm run deploy, before it changes anything', LONG, () => {
  it.each([
    ['Deploy', 'n'],
    ['Have you kept', 'n'],
  ])('changes nothing if somebody answers "%s" with %s', async (question, answer) => {
    const rehearsal = await begin()
    const toml = rehearsal.read('wrangler.toml')
    const declined = await rehearsal.deploy('', { answers: { ...YES, [question]: answer } })
    expect(declined).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was changed') })
    expect(declined.questions.at(-1)).toBe(question)
    expect(rehearsal.cloudflare.changes).toEqual([])
    expect(rehearsal.read('wrangler.toml')).toBe(toml)
    expect(existsSync(join(rehearsal.root, '.wrangler/deploy'))).toBe(false)
  })

  it('changes nothing if somebody does not log in', async () => {
    const rehearsal = await begin()
    const answers = { ...YES, 'You are not logged in': 'n' }
    const declined = await rehearsal.deploy('', { answers, env: { CLOUDFLARE_API_TOKEN: '' } })
    expect(declined).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was changed') })
  })

  it("uses wrangler's own log-in", async () => {
    const rehearsal = await begin()
    const home = join(rehearsal.folder, '.wrangler/config')
    mkdirSync(home, { recursive: true })
    writeFileSync(
      join(home, 'default.toml'),
      'oauth_token = "mine"\nrefresh_token = "r"\nexpiration_time = "2099-01-01T00:00:00Z"\n',
    )
    const { said } = await rehearsal.deploy('', { ci: true, env: { CLOUDFLARE_API_TOKEN: '' } })
    expect(said).toContain('✓ Account      Rehearsal')
    expect(said).toContain('PLAN is missing')
    expect(rehearsal.cloudflare.credentials).toEqual(new Set(['Bearer mine']))
  })

  it('asks which account, remembers it for this environment, and uses no other one', async () => {
    const rehearsal = await begin({ accounts: ['Rehearsal', 'Another'] })
    const { cloudflare } = rehearsal
    const answers = { ...YES, 'Which account?': '2', 'How?': 'file', 'File:': join(rehearsal.folder, 'kept') }
    // Makes the database in the account that was chosen, and stops.
    cloudflare.failOnce(/^PUT .*\/d1\/database/, { status: 400 })
    const first = await rehearsal.deploy('', { answers })
    expect(first.questions[0]).toBe('Which account?')
    expect(cloudflare.account('account-1').databases.size).toBe(0)
    expect(cloudflare.account('account-2').databases.size).toBe(1)

    const again = await rehearsal.deploy('', { answers: { ...answers, Deploy: 'n' } })
    expect(again.questions).toEqual(['Deploy'])
    const ci = await rehearsal.deploy('', { ci: true })
    expect(ci).toMatchObject({ code: 1, said: expect.stringContaining('CLOUDFLARE_ACCOUNT_ID is missing') })
    expect(ci.said).toContain('account-2  Another')
    const named = await rehearsal.deploy('--dry-run --env staging', {
      ci: true,
      env: { CLOUDFLARE_ACCOUNT_ID: 'account-1' },
    })
    expect(named.said).toContain('would make the D1 database latchkey-staging')
  })

  it('turns passwords off on the Free plan, which ends a request before a hash is ready', async () => {
    const rehearsal = await begin()
    const toml = rehearsal.read('wrangler.toml')
    if (!/^PASSWORDS = /m.test(toml)) rehearsal.write('wrangler.toml', toml.replace('[vars]', '[vars]\nPASSWORDS = ""'))
    rehearsal.cloudflare.failOnce(/^POST .*\/d1\/database$/, { status: 400 })
    await rehearsal.deploy('', { answers: { ...YES, 'free or paid?': 'free' } })
    const [production, staging] = rehearsal.read('wrangler.toml').split('[env.staging]')
    expect(production).toMatch(/^PASSWORDS = "off"$/m)
    expect(production).toMatch(/^PLAN = "free"$/m)
    expect(staging).not.toMatch(/"off"|"free"/)
  })

  it('writes secrets to a file for its owner alone, and never into the repository', async () => {
    const rehearsal = await begin()
    const { cloudflare, folder, root } = rehearsal
    const file = join(folder, 'latchkey.secrets')
    const places = [join(root, 'secrets'), join(root, 'src/../x'), join(folder, 'no such folder/x'), file]
    const answers = { ...YES, 'How?': 'file' }
    Object.defineProperty(answers, 'File:', { enumerable: true, get: () => places.shift() })
    cloudflare.failOnce(/^POST .*\/d1\/database$/, { status: 400 })
    const { said } = await rehearsal.deploy('', { answers })
    expect(said.match(/inside the repository/g)).toHaveLength(2)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const kept = readFileSync(file, 'utf8')
    expect(kept).toMatch(/^AUTH_SECRET="[\w+/]{43}="\nPASSWORD_PEPPER="[\w+/]{43}="\n$/)
    for (const secret of kept.match(/[\w+/]{43}=/g)) expect(said).not.toContain(secret)
  })

  it('knows the secret that each provider needs', () => {
    const files = globSync('src/log-in/social/providers/*.ts').map((file) => readFileSync(file, 'utf8'))
    const needs = files.flatMap((file) =>
      [...file.matchAll(/needs: \[(.+)\]/g)].flatMap(([, list]) => list.match(/\w+/g)),
    )
    const secrets = needs.filter((name) => /_SECRET$|_PRIVATE_KEY$/.test(name))
    expect(secrets.length).toBeGreaterThan(5)
    expect(Object.keys(NEEDED_WITH)).toEqual(expect.arrayContaining(secrets))
    expect(needs).toEqual(expect.arrayContaining(secrets.map((name) => NEEDED_WITH[name])))
  })

  it('makes no new secret for a database that has accounts', async () => {
    const rehearsal = await begin()
    const { cloudflare } = rehearsal
    cloudflare.failOnce(/^PUT .*\/scripts\/latchkey$/, { status: 400 })
    await rehearsal.deploy()
    const database = databaseOf(cloudflare.account(), 'latchkey')
    database.sqlite.exec(
      'PRAGMA foreign_keys = OFF; DROP TABLE users; CREATE TABLE users (id); INSERT INTO users VALUES (1)',
    )
    const empty = await rehearsal.deploy('', { answers: { ...YES, AUTH_SECRET: '' } })
    expect(empty).toMatchObject({
      code: 1,
      said: expect.stringContaining('AUTH_SECRET is missing. Nothing was changed.'),
    })
    expect(empty.said).toContain('everybody is signed out')
  })

  it('says what it takes', async () => {
    const { said } = await (await begin()).deploy('--help')
    for (const [flag] of readFileSync('docs/deploy.md', 'utf8').matchAll(/(?<![-|])--[a-z][a-z-]+/g))
      expect(said).toContain(flag)
  })

  it.each([
    ['a flag that does not exist', '--name x', "Unknown option '--name'"],
    ['an environment that does not exist', '--env stage', 'no environment stage'],
    ['a place that does not exist', '--location moon', '--location is moon'],
  ])('refuses %s', async (_, flags, message) => {
    const rehearsal = await begin()
    expect(await rehearsal.deploy(flags)).toMatchObject({ code: 1, said: expect.stringContaining(message) })
    expect(rehearsal.cloudflare.changes).toEqual([])
  })

  it.each([
    ['the outbox', { DELIVERY: 'outbox' }, 'only for your own computer'],
    ['an address with a path', { PUBLIC_ORIGIN: 'https://example.com/app' }, 'PUBLIC_ORIGIN is'],
    [
      'the address of staging',
      { PUBLIC_ORIGIN: 'https://latchkey-staging.rehearsal.workers.dev' },
      'The address of this Worker is',
    ],
    ['Twilio without a sender', { TWILIO_ACCOUNT_SID: 'AC1' }, 'no sender'],
  ])('refuses %s', async (_, settings, message) => {
    const rehearsal = await begin()
    rehearsal.set(settings)
    expect(await rehearsal.deploy()).toMatchObject({ code: 1, said: expect.stringContaining(message) })
    expect(rehearsal.cloudflare.changes).toEqual([])
  })

  it('refuses routes that staging inherits from production', async () => {
    const rehearsal = await begin()
    rehearsal.write('wrangler.toml', `routes = ["example.com/*"]\n${rehearsal.read('wrangler.toml')}`)
    const staging = await rehearsal.deploy('--env staging')
    expect(staging).toMatchObject({ code: 1, said: expect.stringContaining('the same route: example.com/*') })
    expect(rehearsal.cloudflare.changes).toEqual([])
  })

  it('asks nothing where there is no terminal', async () => {
    const { cloudflare, folder } = await begin()
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      CLOUDFLARE_API_BASE_URL: cloudflare.url,
      CLOUDFLARE_API_TOKEN: 'a token',
    }
    const child = spawn(process.execPath, ['scripts/deploy.mjs', '--env', 'staging'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect([code, said]).toEqual([1, expect.stringContaining('PLAN is missing, and nobody can be asked here.')])
    expect(cloudflare.changes).toEqual([])
  })

  it('replaces no Worker and no database of something else', async () => {
    const rehearsal = await begin()
    const account = rehearsal.cloudflare.account()
    const version = { id: 'v', bindings: [], secrets: new Map(), metadata: {} }
    const deployments = [{ id: 'd', versions: [{ version_id: 'v', percentage: 100 }] }]
    account.workers.set('latchkey', { name: 'latchkey', versions: [version], deployments, subdomain: {} })
    const answers = { ...YES, 'There is a Worker': 'n' }
    expect(await rehearsal.deploy('', { answers })).toMatchObject({ code: 1, questions: ['There is a Worker'] })
    expect(await rehearsal.deploy('', { ci: true })).toMatchObject({
      code: 1,
      said: expect.stringContaining('that is not Latchkey'),
    })
    account.workers.clear()

    rehearsal.cloudflare.failOnce(/^PUT .*\/d1\/database/, { status: 400 })
    await rehearsal.deploy()
    databaseOf(account, 'latchkey').sqlite.exec('CREATE TABLE orders (id)')
    expect(await rehearsal.deploy()).toMatchObject({
      code: 1,
      said: expect.stringContaining('tables of something else: orders'),
    })
  })
})
