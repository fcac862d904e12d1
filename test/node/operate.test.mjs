import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { table } from '../../scripts/operate-tables.mjs'
import { beginToServe } from '../../scripts/serve.mjs'

/* `npm run operate`, against the server of `npm run dev`. */

const OPERATE = fileURLToPath(new URL('../../scripts/operate.mjs', import.meta.url))
const TOKEN = 'a-token-of-operators-for-this-test'
const PASSWORD = 'correct horse battery staple'

let server
let folder
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-operate-'))
  server = await beginToServe(['--var', `OPERATOR_TOKEN:${TOKEN}`])
  await server.ready
}, 120_000)
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})

/** Runs a command. @returns {Promise<{ code: number, out: string, error: string }>} */
const operate = (args, env = {}) =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [OPERATE, ...args],
      { env: { ...process.env, LATCHKEY_ORIGIN: server.origin, OPERATOR_TOKEN: TOKEN, ...env } },
      (failure, out, error) => resolve({ code: failure?.code ?? 0, out, error }),
    )
    child.stdin.end()
  })

const post = (path, body, headers = {}) =>
  fetch(`${server.origin}/api/v1${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const signUp = async (username) => {
  const response = await post('/auth/sign-up', {
    username,
    password: PASSWORD,
    name: 'Mina \u001b[31m',
    tokens: 'body',
  })
  expect(response.status).toBe(201)
  return response.json()
}

const logIn = (username) => post('/auth/log-in', { identifier: username, password: PASSWORD })

describe("an operator's day", () => {
  it('is find, see, block, unblock, export and erase, and each is in the record', async () => {
    const mina = await signUp('mina')
    const { id } = mina.user
    const found = await operate(['find', 'mina'])
    expect(found).toMatchObject({ code: 0, error: '' })
    expect(found.out).toMatch(new RegExp(`^id +${id}\nuser name +mina\n`))
    expect(found.out).toContain('name       Mina �[31m')

    const seen = await operate(['see', id])
    expect(seen).toMatchObject({ code: 0, error: '' })
    expect(seen.out).toMatch(/logs in by +password/)
    expect(seen.out).toContain(mina.session.id)
    expect(seen.out).toMatch(/operator_act +see/)

    const blocked = await operate(['block', id, '--reason', 'Sends spam'])
    expect(blocked).toMatchObject({ code: 0, out: expect.stringMatching(/^Blocked since \d{4}-/) })
    expect(await (await logIn('mina')).json()).toMatchObject({ code: 'account_blocked' })
    const refreshed = await post('/auth/refresh', { refreshToken: mina.refreshToken })
    expect(refreshed.status).toBe(401)
    const writing = await post('/todos', { contents: 'x' }, { Authorization: `Bearer ${mina.accessToken}` })
    expect(writing.status).toBe(401)

    expect(await operate(['unblock', id])).toMatchObject({ code: 0, out: 'Not blocked\n' })
    expect((await logIn('mina')).status).toBe(200)
    expect(await operate(['end-sessions', id])).toMatchObject({ code: 0, out: 'Ended 1 session\n' })
    expect(await operate(['unlock', id])).toMatchObject({ code: 0, out: expect.stringContaining('Cleared: 0') })

    const out = join(folder, 'mina.json')
    expect(await operate(['export', id, '--out', out])).toMatchObject({ code: 0, out: `Written to ${out}\n` })
    const data = JSON.parse(readFileSync(out, 'utf8'))
    expect(data).toMatchObject({ user: { id, username: 'mina' }, blockedAt: null })
    expect(Object.keys(data)).not.toContain('todos')
    expect(statSync(out).mode & 0o777).toBe(0o600)

    expect(await operate(['erase', id, '--yes'])).toMatchObject({ code: 0, out: 'Erased\n' })
    expect(await operate(['find', 'mina'])).toMatchObject({ code: 1, error: 'Nobody has that\n' })

    const { acts } = JSON.parse((await operate(['acts', '--all', '--json'])).out)
    const names = acts.filter(({ userId }) => userId === id).map(({ act }) => act)
    expect(names.toReversed()).toEqual(['find', 'see', 'block', 'unblock', 'end_sessions', 'unlock', 'export', 'erase'])
    const shown = await operate(['acts'])
    expect(shown.out).toMatch(/^at +operator +act +account +more\n/)
    expect(shown.out).toContain('reason: Sends spam')
    expect(await operate(['counters'])).toMatchObject({ code: 0, out: expect.stringContaining('Sign-ups') })
  })
})

describe('a command that is refused', () => {
  it('says why, and exits with 1', async () => {
    const nobody = '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'
    expect(await operate(['see', nobody])).toEqual({
      code: 1,
      out: '',
      error: expect.stringMatching(/^There is no such account/),
    })
    const wrong = await operate(['counters'], { OPERATOR_TOKEN: 'not the token' })
    expect(wrong).toEqual({ code: 1, out: '', error: expect.stringContaining('OPERATOR_TOKEN is not the token') })
    const reason = await operate(['block', nobody, '--reason', 'mina@example.com sends spam'])
    expect(reason).toEqual({ code: 1, out: '', error: expect.stringContaining('reason: Must not have a contact') })
    const away = await operate(['counters'], { LATCHKEY_ORIGIN: 'http://localhost:1' })
    expect(away).toEqual({ code: 1, out: '', error: expect.stringContaining('does not answer: bad port') })
  })

  it('leaves no file of an export, and replaces none', async () => {
    const nobody = '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'
    const out = join(folder, 'nobody.json')
    expect((await operate(['export', nobody, '--out', out])).code).toBe(1)
    expect(existsSync(out)).toBe(false)
    writeFileSync(out, 'mine')
    expect(await operate(['export', nobody, '--out', out])).toMatchObject({
      code: 1,
      error: expect.stringContaining('EEXIST'),
    })
    expect(readFileSync(out, 'utf8')).toBe('mine')
  })
})

describe('a command that is not right', () => {
  it.each([
    [[], 'Usage'],
    [['dance'], 'There is no command dance'],
    [['see'], 'see takes one word after it'],
    [['see', 'mina'], 'mina is no id. Look it up: find mina'],
    [['block', '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'], 'Say why'],
    [['export', '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'], 'Say where to'],
    [['erase', '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'], 'no terminal to ask in'],
    [['counters', '--colour'], '--colour'],
  ])('says how, and exits with 2: %j', async (args, message) => {
    expect(await operate(args)).toEqual({ code: 2, out: '', error: expect.stringContaining(message) })
  })

  it('sends no token in the clear', async () => {
    const { code, error } = await operate(['counters'], { LATCHKEY_ORIGIN: 'http://latchkey.example.com' })
    expect({ code, error }).toEqual({ code: 2, error: 'LATCHKEY_ORIGIN must begin with https\n' })
  })

  it('does not send the token of this computer elsewhere', async () => {
    const { code, error } = await operate(['counters'], {
      LATCHKEY_ORIGIN: 'https://latchkey.example.com',
      OPERATOR_TOKEN: '',
    })
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining('OPERATOR_TOKEN is not set') })
  })
})

it('lines up wide letters too', () => {
  expect(
    table(
      ['name', 'n'],
      [
        ['민아', 1],
        ['Mina', null],
      ],
    ),
  ).toBe('name  n\n민아  1\nMina  –')
})
