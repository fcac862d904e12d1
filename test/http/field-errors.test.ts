import { describe, expect, it } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { Client, ORIGIN } from '../helpers/client'
import { PASSWORD } from '../helpers/people'

/* Errors about fields say where a field is and what is wrong, but never repeat its value. */

const { alice } = aliceAndBob()

/** Sends an invalid to-do. Answers with the pointers and codes of the errors. */
async function faultsOf(todo: unknown): Promise<string[] | undefined> {
  const { status, body } = await alice().client.post('/todos', todo)
  expect({ status, code: body.code }).toEqual({ status: 422, code: 'invalid_fields' })
  return body.errors?.map(({ path, code }) => `${path} ${code}`)
}

describe('the pointer to a field', () => {
  it.each([
    ['a/b', '/a~1b'],
    ['a~b', '/a~0b'],
    ['~1', '/~01'],
    ['/', '/~1'],
    ['a/b~c/~d', '/a~1b~0c~1~0d'],
    ['', '/'],
    ['ключ 🔑', '/ключ 🔑'],
  ])('escapes the name %j as JSON Pointer does', async (name, path) => {
    expect(await faultsOf({ contents: 'x', [name]: 1 })).toEqual([`${path} unknown_field`])
  })

  it('points to one element of a list', async () => {
    expect(await faultsOf({ contents: 'x', labels: ['a', 1, 'c', null] })).toEqual([
      '/labels/1 wrong_type',
      '/labels/3 wrong_type',
    ])
  })

  it('contains at most 64 characters of an unknown name', async () => {
    expect(await faultsOf({ contents: 'x', ['n'.repeat(64)]: 1 })).toEqual([`/${'n'.repeat(64)} unknown_field`])
    expect(await faultsOf({ contents: 'x', ['n'.repeat(65)]: 1 })).toEqual([`/${'n'.repeat(64)} unknown_field`])
  })

  it('is well-formed Unicode for every name', async () => {
    for (const name of ['\ud800', `${'n'.repeat(63)}🔑`]) {
      const { status, text } = await alice().client.post('/todos', { contents: 'x', [name]: 1 })
      expect(status).toBe(422)
      expect(text.isWellFormed() && !/\\ud[89a-f]/i.test(text)).toBe(true)
    }
  })

  it('names parameters of the path and of the query', async () => {
    const byId = await alice().client.get('/todos/1')
    expect(byId.body.errors).toEqual([{ path: '/id', code: 'invalid_format', message: expect.any(String) }])
    const byQuery = await alice().client.get('/todos?limit=0&order=UP&cursor=x')
    expect(byQuery.body.errors?.map(({ path }) => path)).toEqual(['/order', '/limit'])
  })
})

it('reports all wrong fields at once', async () => {
  const todo = { contents: 1, description: 1, priority: 'huge', isDone: 'yes', labels: 'a', dueAt: 'soon', extra: 1 }
  expect((await faultsOf(todo))?.sort()).toEqual([
    '/contents wrong_type',
    '/description wrong_type',
    '/dueAt invalid_format',
    '/extra unknown_field',
    '/isDone wrong_type',
    '/labels wrong_type',
    '/priority not_allowed',
  ])
})

it('reports at most 50 errors, about unknown fields and about others', async () => {
  const unknown = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x${n}`, 1]))
  expect(await faultsOf({ contents: 'x', ...unknown(50) })).toHaveLength(50)
  expect(await faultsOf({ contents: 'x', ...unknown(51) })).toHaveLength(50)
  expect(await faultsOf({ contents: 1, labels: Array(10).fill(1), ...unknown(100) })).toHaveLength(50)
  const batch = await alice().client.post('/todos/batch', { operations: Array(100).fill({ op: 'create', todo: {} }) })
  expect(batch.body.errors).toHaveLength(50)
  const largest = JSON.stringify({ contents: 'x', ...unknown(7000) })
  const { text } = await alice().client.post('/todos', largest, { headers: { 'Content-Type': 'application/json' } })
  expect(text.length).toBeLessThan(largest.length)
})

it('reports one error for one fault', async () => {
  expect(await faultsOf({ contents: '' })).toEqual(['/contents too_short'])
  expect(await faultsOf({ contents: ' \n' })).toEqual(['/contents too_short'])
  expect(await faultsOf({ contents: 'x'.repeat(501) })).toEqual(['/contents too_long'])
})

it('distinguishes a missing field from one that is null', async () => {
  expect(await faultsOf({})).toEqual(['/contents required'])
  expect(await faultsOf({ contents: null })).toEqual(['/contents wrong_type'])
})

it('repeats no value of the request in any answer', async () => {
  const secret = 'zz-secret-zz'
  const { client, username } = alice()
  const long = secret.repeat(1000)
  const answers = [
    await new Client().post('/auth/sign-up', {
      username: `@${secret}`,
      password: '1234567',
      name: long,
      tokens: secret,
    }),
    await new Client().post('/auth/sign-up', { username: secret, password: secret.toUpperCase() }),
    await new Client().post('/auth/log-in', { identifier: secret, password: PASSWORD }),
    await new Client().post('/auth/log-in', { identifier: username, password: secret }),
    await new Client().post('/auth/log-in', { identifier: long, password: [secret], tokens: [secret], extra: secret }),
    await new Client().post('/auth/refresh', { refreshToken: secret }),
    await new Client().post('/auth/refresh', { refreshToken: long, tokens: secret }),
    await client.put('/auth/password', { newPassword: 'short', currentPassword: { secret } }),
    await client.put('/auth/password', { newPassword: PASSWORD, currentPassword: secret }),
    await client.patch('/users/me', { username: `@${secret}`, name: long, nickname: [secret] }),
    await client.delete('/users/me', { currentPassword: secret }),
    await client.post('/todos', { contents: long, priority: secret, labels: [secret, secret], dueAt: secret }),
    await client.post('/todos', { contents: { secret }, isDone: secret, description: [secret], extra: secret }),
    await client.get(`/todos/${secret}`),
    await client.get(`/todos?limit=${secret}&order=${secret}&isDone=${secret}`),
    await client.get(`/todos?cursor=${secret}`),
    await client.get(`/todos?cursor=${long}`),
    await client.get(`/${secret}?${secret}=${secret}`),
    await new Client().get(`${ORIGIN}/problems/${secret}`),
    await new Client().get('/users/me', { headers: { Authorization: `Bearer ${secret}` } }),
    await new Client().post('/todos', secret, { headers: { 'Content-Type': `text/${secret}` } }),
    await new Client().post('/todos', `{"${secret}`, { headers: { 'Content-Type': 'application/json' } }),
  ]
  for (const { status, headers, text } of answers) {
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect([text, ...headers.values()].join(' ').toLowerCase()).not.toContain(secret)
    expect(text).not.toMatch(/\.ts\b|\bat .*\.\w+:\d+|SQLITE|D1_ERROR|select /i)
  }
})

describe('a body that is one of several', () => {
  it.each([
    [{}, ['/linkToken required']],
    [{ code: 'x' }, ['/codeVerifier required']],
    [{ provider: 'google', idToken: 'x', nonce: 'too short' }, ['/nonce too_short']],
    [{ provider: 'nobody', nonce: 'n'.repeat(16) }, ['/provider not_allowed', '/idToken required']],
    [{ code: 'x', linkToken: 'x' }, ['/code unknown_field']],
    [{ linkToken: 'x', isAdmin: true }, ['/isAdmin unknown_field']],
    [null, [' wrong_type']],
  ])('gets the errors of the one that was probably meant: %j', async (body, expected) => {
    const { status, body: problem } = await alice().client.post('/users/me/identities', JSON.stringify(body), {
      headers: { 'Content-Type': 'application/json' },
    })
    expect({ status, errors: problem.errors?.map(({ path, code }) => `${path} ${code}`) }).toEqual({
      status: 422,
      errors: expected,
    })
  })
})

it('speaks plainly, and says the limit that is met', async () => {
  const todo = {
    contents: 'x'.repeat(501),
    description: 1,
    priority: 'huge',
    isDone: 'yes',
    labels: Array.from({ length: 11 }, (_, n) => `${n}`),
    dueAt: 'soon',
    parentId: 'x',
    position: 'A',
  }
  const { body } = await alice().client.post('/todos', todo)
  const errors = Object.fromEntries((body.errors ?? []).map(({ path, ...error }) => [path, error]))
  expect(errors).toMatchObject({
    '/contents': { code: 'too_long', message: 'Must have at most 500 characters', limit: 500 },
    '/description': { code: 'wrong_type', message: 'Must be text' },
    '/priority': { code: 'not_allowed', message: 'Must be one of none, low, medium, high, urgent' },
    '/isDone': { code: 'wrong_type', message: 'Must be true or false' },
    '/labels': { code: 'too_big', message: 'Must have at most 10 items', limit: 10 },
    '/dueAt': { code: 'invalid_format' },
    '/parentId': { code: 'invalid_format', message: 'Must be a UUID of the kind that is asked for here' },
    '/position': { code: 'invalid_format', message: 'Is not written as it must be' },
  })
  const query = await alice().client.get('/todos?limit=0&order=UP')
  expect(query.body.errors).toContainEqual({
    path: '/limit',
    code: 'too_small',
    message: 'Must be at least 1',
    limit: 1,
  })
  const batch = await alice().client.post('/todos/batch', { operations: [{ op: 'explode' }] })
  for (const { message } of [...Object.values(errors), ...(query.body.errors ?? []), ...(batch.body.errors ?? [])]) {
    expect(message).not.toMatch(/Invalid|expected|received|Too (?:big|small)|<=|>=|regex|pattern/)
  }
})
