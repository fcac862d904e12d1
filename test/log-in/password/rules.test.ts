import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { isCommonPassword } from '../../../src/log-in/password/common-passwords'
import { Client, clientOf } from '../../helpers/client'
import { logIn, PASSWORD, signUp } from '../../helpers/people'
import { hashCalls } from './hashes'

const ASTRAL = '😀'
const signUpWith = (password: string, more: Record<string, string> = {}, client = new Client()) =>
  client.post('/auth/sign-up', { username: `user-${crypto.randomUUID().slice(0, 8)}`, ...more, password })

const refusal = (code: string, path = '/password') => ({
  status: 422,
  body: { code: 'invalid_fields', errors: [{ path, code, message: expect.any(String) }] },
})
const countUsers = async () => (await env.DB.prepare('SELECT count(*) AS users FROM users').first())?.['users']

describe('the length of a password', () => {
  it('is at least 8 code points', async () => {
    for (const short of ['', 'x7#kQ2v', ASTRAL.repeat(7)]) {
      expect(await signUpWith(short), short).toMatchObject(refusal('too_short'))
    }
    expect(await countUsers()).toBe(0)
    for (const password of ['x7#kQ2vz', ASTRAL.repeat(8)]) expect((await signUpWith(password)).status).toBe(201)
  })

  it('is counted in composed letters', async () => {
    const sevenLetters = 'xyz ñçé'
    expect([...sevenLetters.normalize('NFD')]).toHaveLength(10)
    expect(await signUpWith(sevenLetters.normalize('NFD'))).toMatchObject(refusal('too_short'))
    expect((await signUpWith(`${sevenLetters}ü`.normalize('NFD'))).status).toBe(201)
  })

  it('is at most 256 code points', async () => {
    for (const long of ['x'.repeat(257), ASTRAL.repeat(257)]) {
      expect(await signUpWith(long)).toMatchObject(refusal('too_long'))
    }
    expect(await countUsers()).toBe(0)
    for (const password of ['x'.repeat(256), ASTRAL.repeat(256)]) expect((await signUpWith(password)).status).toBe(201)
  })

  it('is checked in a change, too, and then the old password stays', async () => {
    const { client } = await signUp('alice')
    const change = (newPassword: string) => client.put('/auth/password', { newPassword, currentPassword: PASSWORD })
    expect(await change('x7#kQ2v')).toMatchObject(refusal('too_short', '/newPassword'))
    expect(await change('x'.repeat(257))).toMatchObject(refusal('too_long', '/newPassword'))
    expect(await change('password')).toMatchObject(refusal('too_common', '/newPassword'))
    await logIn('alice')
    expect((await change('x7#kQ2vz')).status).toBe(204)
    await logIn('alice', new Client(), 'x7#kQ2vz')
  })

  it('can be raised by PASSWORD_MIN_LENGTH, for new passwords only', async () => {
    const strict = clientOf({ PASSWORD_MIN_LENGTH: '12' })
    const answer = await signUpWith('x7#kQ2vz-11', {}, strict)
    expect(answer).toMatchObject(refusal('too_short'))
    expect(answer.body.errors).toMatchObject([{ message: 'Must have at least 12 characters' }])
    expect((await signUpWith('x7#kQ2vz--12', {}, strict)).status).toBe(201)

    expect((await signUpWith('x7#kQ2vz', { username: 'alice' })).status).toBe(201)
    await logIn('alice', clientOf({ PASSWORD_MIN_LENGTH: '12' }), 'x7#kQ2vz')
  })

  it('is checked before a hash is computed', async () => {
    expect(await hashCalls(() => signUpWith('x7#kQ2v'))).toEqual([])
  })

  it('is the only rule: no kind of character is required', async () => {
    for (const password of ['zgzgzgzgzg', '8203957316', 'Ⅷ ΩΩΩΩ Ⅷ']) {
      expect((await signUpWith(password)).status, password).toBe(201)
    }
  })
})

const blocklist = async (): Promise<string[]> =>
  (await (await env.ASSETS.fetch('https://assets.local/common-passwords.txt')).text()).split('\n')

describe('the blocklist', () => {
  it('has 10,000 passwords of at least 8 characters, and refuses each', async () => {
    const passwords = await blocklist()
    expect(passwords).toHaveLength(10_000)
    expect(new Set(passwords).size).toBe(10_000)
    expect(passwords.filter((password) => [...password].length < 8)).toEqual([])
    expect(passwords.filter((password) => password !== password.normalize('NFC').toLowerCase())).toEqual([])
    expect(passwords).toEqual(expect.arrayContaining(['password', '12345678', 'iloveyou', 'qwertyuiop', 'password123']))
    const unknown = await Promise.all(
      passwords.map(async (password) => !(await isCommonPassword(env.ASSETS, password))),
    )
    expect(unknown.filter(Boolean)).toEqual([])
  })

  it('refuses its passwords in any letter case', async () => {
    for (const password of ['password', 'Password', 'PASSWORD', 'pAsSwOrD123', '12345678', 'QWERTYUIOP']) {
      expect(await signUpWith(password), password).toMatchObject(refusal('too_common'))
    }
    expect(await countUsers()).toBe(0)
  })

  it('is read again after a failure, and until then no password is accepted', async () => {
    let isDown = true
    const ASSETS: Fetcher = {
      fetch: async (input) => (isDown ? new Response(null, { status: 503 }) : env.ASSETS.fetch(input)),
      connect: (address) => env.ASSETS.connect(address),
    }
    const client = clientOf({ ASSETS })
    expect(await signUpWith(PASSWORD, {}, client)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(await countUsers()).toBe(0)
    isDown = false
    expect((await signUpWith(PASSWORD, {}, client)).status).toBe(201)
    expect(await signUpWith('password123', {}, client)).toMatchObject(refusal('too_common'))
  })

  it('allows passwords that are only similar', async () => {
    const passwords = await blocklist()
    for (const password of ['password!7q', 'qwertyuiopå']) {
      expect(passwords).not.toContain(password)
      expect((await signUpWith(password)).status, password).toBe(201)
    }
  })
})

describe('the names of a user', () => {
  const names = { username: 'margaret.hamilton', name: 'Margaret Élaine Heafield', nickname: 'Peggy the First' }
  const own = [
    'margaret.hamilton',
    'Margaret.Hamilton',
    'margaret élaine heafield',
    'MARGARET ÉLAINE HEAFIELD',
    'Margaret Élaine Heafield'.normalize('NFD'),
    'peggy THE first',
  ]

  it('are refused as a password at sign-up', async () => {
    for (const password of own) expect(await signUpWith(password, names), password).toMatchObject(refusal('own_name'))
    expect(await signUpWith('margaret.hamilton', { username: 'MARGARET.Hamilton' })).toMatchObject(refusal('own_name'))
    expect(await countUsers()).toBe(0)
    expect((await signUpWith('margaret.hamilton.1936', names)).status).toBe(201)
  })

  it('are refused as a new password', async () => {
    const client = new Client()
    expect((await signUpWith(PASSWORD, names, client)).status).toBe(201)
    for (const newPassword of ['Margaret.Hamilton', 'MARGARET ÉLAINE HEAFIELD', 'peggy THE first']) {
      const answer = await client.put('/auth/password', { newPassword, currentPassword: PASSWORD })
      expect(answer, newPassword).toMatchObject(refusal('own_name', '/newPassword'))
    }
    await logIn('margaret.hamilton')
  })

  it('are allowed as a password of other users', async () => {
    await signUpWith(PASSWORD, names)
    expect((await signUpWith('margaret.hamilton', { username: 'grace.hopper' })).status).toBe(201)
  })
})
