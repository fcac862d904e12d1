import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { seal } from '../../src/lib/seal'
import { Client, clientOf, settleBackground } from '../helpers/client'
import { DAY, setClock } from '../helpers/clock'
import { logInByCode, proveContact } from '../helpers/codes'
import { CHROME, device, signUpWithContacts } from '../helpers/devices'
import { logIn, logInForTokens, PASSWORD, signUp, type Tokens } from '../helpers/people'
import { rowsOf } from '../helpers/storage'
import { workerKeys } from '../helpers/tokens'

/* The device cookie and token: what they are, and when they make a device known. A device that is not known is in the activity. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const COOKIE = '__Host-device'
const EMAIL = 'alice@example.com'

type WithDevice = Tokens & { deviceToken: string }

/** A new browser with nothing but this device cookie. */
function browserWith(token: string | undefined): Client {
  const client = new Client()
  if (token !== undefined) client.cookies.set(COOKIE, token)
  return client
}

/** How often a user has logged in on a device that was not known. */
const newDevices = async (userId: string): Promise<number> =>
  (await rowsOf('activity')).filter((row) => row['event'] === 'new_device' && row['user_id'] === userId).length

/** Logs in with this device token in the cookie, and says whether the device was known. */
async function isKnown(username: string, token: string | undefined): Promise<boolean> {
  const person = await logIn(username, browserWith(token))
  const { length } = (await rowsOf('activity')).filter(
    (row) => row['event'] === 'new_device' && row['session_id'] === person.session.id,
  )
  return length === 0
}

const cookieOf = ({ client }: { client: Client }): string => client.cookies.get(COOKIE) ?? ''

beforeEach(() => {
  setClock(NOON)
})

describe('the device cookie', () => {
  it('comes with every log-in and sign-up, with exactly these attributes, and says nothing', async () => {
    const alice = await signUp('alice')
    await logIn('alice', alice.client)
    const byCode = await logInByCode('carol@example.com')
    for (const { client, user } of [alice, byCode]) {
      const lines = client.setCookies.filter((line) => line.startsWith(`${COOKIE}=`))
      expect(lines).toHaveLength(client === alice.client ? 2 : 1)
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split('; ')
        expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=34560000', 'Path=/', 'SameSite=Lax', 'Secure'])
        const value = pair.slice(COOKIE.length + 1)
        expect(value).toMatch(/^[\w-]{100,700}$/)
        const bytes = atob(value.replaceAll('-', '+').replaceAll('_', '/'))
        expect(bytes).not.toContain(user.id)
      }
    }
  })

  it('makes its browser known to its user, and to nobody else', async () => {
    const alice = await signUp('alice')
    await signUp('bobby')
    expect(await isKnown('alice', cookieOf(alice))).toBe(true)
    expect(await isKnown('alice', undefined)).toBe(false)
    expect(await isKnown('bobby', cookieOf(alice))).toBe(false)
  })

  it('does not depend on the user agent or the country, which anybody can copy', async () => {
    const desk = { userAgent: CHROME, country: 'KR' }
    const alice = await signUp('alice', device(desk))
    const stranger = await logIn('alice', device(desk))
    expect(await newDevices(stranger.user.id)).toBe(1)
    const elsewhere = device({ userAgent: 'curl/8.5.0', country: 'FR' })
    elsewhere.cookies.set(COOKIE, cookieOf(alice))
    await logIn('alice', elsewhere)
    expect(await newDevices(stranger.user.id)).toBe(1)
  })

  it('knows the five users who logged in last', async () => {
    const browser = new Client()
    const users = ['alice', 'bobby', 'carol', 'david', 'erica', 'frank']
    for (const username of users) await signUp(username, browser)
    const token = cookieOf({ client: browser })
    expect(token.length).toBeLessThan(1000)
    const known: string[] = []
    for (const username of users) if (await isKnown(username, token)) known.push(username)
    expect(known).toEqual(users.slice(1))
  })

  it('works for 400 days after the last log-in of its user', async () => {
    const alice = await signUp('alice')
    setClock(NOON + 400 * DAY - 1)
    expect(await isKnown('alice', cookieOf(alice))).toBe(true)
    setClock(NOON + 400 * DAY)
    expect(await isKnown('alice', cookieOf(alice))).toBe(false)
  })

  it('is worth nothing when it is changed, cut, made up or too long', async () => {
    const token = cookieOf(await signUp('alice'))
    const middle = Math.floor(token.length / 2)
    const changed = token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1)
    const sealed = await sealWith('bookmark', { id: crypto.randomUUID(), users: [] })
    for (const other of [
      changed,
      token.slice(0, -1),
      `${token}A`,
      `${token}=`,
      '',
      'x',
      '%',
      sealed,
      'A'.repeat(4000),
    ]) {
      expect(await isKnown('alice', other), other.slice(0, 20)).toBe(false)
    }
    for (const shape of [null, [], 'x', { id: 'x', users: [] }, { id: crypto.randomUUID(), users: [{ id: 1 }] }]) {
      expect(await isKnown('alice', await sealWith('device', shape))).toBe(false)
    }
    expect(await isKnown('alice', token)).toBe(true)
  })

  it('outlives a change of AUTH_SECRET, if the one before is kept', async () => {
    const token = cookieOf(await signUp('alice'))
    const rotated = { AUTH_SECRET: 'another secret for the tests, of 32 bytes', AUTH_SECRET_PREVIOUS: env.AUTH_SECRET }
    for (const [bindings, expected] of [
      [rotated, 0],
      [{ ...rotated, AUTH_SECRET_PREVIOUS: '' }, 1],
    ] as const) {
      const client = clientOf(bindings)
      client.cookies.set(COOKIE, token)
      const { user } = await logIn('alice', client)
      expect(await newDevices(user.id)).toBe(expected)
    }
  })

  it('is no session and no second factor', async () => {
    const token = cookieOf(await signUp('alice'))
    expect((await browserWith(token).get('/users/me')).status).toBe(401)
    expect((await browserWith(token).post('/auth/refresh')).status).toBe(401)
    expect((await logIn('alice')).session).toBeDefined()
  })
})

/** Seals a value under one of the Worker's own keys, as only the Worker can. */
const sealWith = async (name: 'bookmark' | 'device', value: unknown): Promise<string> =>
  seal((await workerKeys()).current[name], JSON.stringify(value))

describe('log-out', () => {
  it('keeps the device cookie', async () => {
    const { client } = await signUp('alice')
    const token = cookieOf({ client })
    expect((await client.post('/auth/log-out')).status).toBe(204)
    expect(cookieOf({ client })).toBe(token)
    expect((await client.post('/auth/log-out', { forgetDevice: false })).status).toBe(204)
    expect(await isKnown('alice', cookieOf({ client }))).toBe(true)
  })

  it('removes it when the device is to be forgotten', async () => {
    const { client } = await signUp('alice')
    expect((await client.post('/auth/log-out', { forgetDevice: true })).status).toBe(204)
    expect(client.cookies.has(COOKIE)).toBe(false)
    const cleared = client.setCookies.filter((line) => line.startsWith(`${COOKIE}=;`))
    expect(cleared.map((line) => line.split('; ').slice(1).sort())).toEqual([
      ['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax', 'Secure'],
    ])
  })
})

describe('a device token in the body', () => {
  const logInWith = (deviceToken: string | undefined, tokens = 'body', client = new Client()) =>
    client.post<WithDevice>('/auth/log-in', { identifier: 'alice', password: PASSWORD, tokens, deviceToken })

  it('comes with a log-in that wants its tokens there, and makes the device known at the next one', async () => {
    const { user } = await signUp('alice')
    const first = await logInWith(undefined)
    expect(await newDevices(user.id)).toBe(1)
    const second = await logInWith(first.body.deviceToken)
    const third = await logInWith(second.body.deviceToken)
    expect([first, second, third].map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await newDevices(user.id)).toBe(1)
    const refreshed = await new Client().post<WithDevice>('/auth/refresh', { refreshToken: third.body.refreshToken })
    expect(refreshed.body.deviceToken).toBeUndefined()
  })

  it('never tells a script what is in the cookie', async () => {
    const { client, user } = await signUp('alice')
    const answer = await logInWith(undefined, 'body', client)
    expect(answer.headers.get('Set-Cookie') ?? '').not.toContain(COOKIE)
    // The cookie was not looked at, so this was a new device.
    expect(await newDevices(user.id)).toBe(1)
  })

  it('may come from a client that keeps cookies now', async () => {
    const { user } = await signUp('alice')
    const { deviceToken } = (await logInForTokens('alice')) as WithDevice
    await logInWith(deviceToken, 'cookie')
    expect(await newDevices(user.id)).toBe(1)
  })

  it('is refused when it is too long to be one of ours', async () => {
    expect((await logInWith('A'.repeat(1001))).status).toBe(422)
    expect(
      (await new Client().post('/auth/otp', { channel: 'email', to: EMAIL, purpose: 'verify', deviceToken: 7 })).status,
    ).toBe(422)
  })
})

describe('known devices are forgotten', () => {
  const NEW_PASSWORD = 'a better horse and another staple'

  it('when the owner ends all other sessions: the copies too, but not the one that asks', async () => {
    const { client } = await signUp('alice')
    const other = await logIn('alice')
    const stolen = cookieOf({ client })
    expect(await isKnown('alice', cookieOf(other))).toBe(true)
    expect((await client.delete('/auth/sessions')).status).toBe(204)
    expect(await isKnown('alice', cookieOf(other))).toBe(false)
    expect(await isKnown('alice', stolen)).toBe(false)
    expect(cookieOf({ client })).not.toBe(stolen)
    expect(await isKnown('alice', cookieOf({ client }))).toBe(true)
  })

  it('but a device that was not known then does not become known', async () => {
    const { client } = await signUp('alice')
    const old = cookieOf({ client })
    expect((await client.delete('/auth/sessions')).status).toBe(204)
    client.cookies.set(COOKIE, old)
    expect((await client.delete('/auth/sessions')).status).toBe(204)
    expect(cookieOf({ client })).toBe(old)
    client.cookies.delete(COOKIE)
    expect((await client.delete('/auth/sessions')).status).toBe(204)
    expect(client.cookies.has(COOKIE)).toBe(false)
  })

  it('not when it is refused', async () => {
    const { client } = await signUp('alice')
    expect((await client.delete('/auth/sessions', { currentPassword: 'wrong' })).status).toBe(403)
    expect(await isKnown('alice', cookieOf({ client }))).toBe(true)
  })

  it('by a reset of the password, and the browser that did it is known', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const old = cookieOf(alice)
    const verificationToken = await proveContact(EMAIL, 'reset_password')
    const resetter = new Client()
    const reset = await resetter.put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken })
    expect(reset.status).toBe(204)
    for (const [token, expected] of [
      [old, 1],
      [cookieOf({ client: resetter }), 1],
    ] as const) {
      await logIn('alice', browserWith(token), NEW_PASSWORD)
      expect(await newDevices(alice.user.id)).toBe(expected)
    }
    await settleBackground()
  })

  it('not by a change of the password', async () => {
    const alice = await signUp('alice')
    const change = await alice.client.put('/auth/password', { newPassword: NEW_PASSWORD })
    expect(change.status).toBe(204)
    await logIn('alice', browserWith(cookieOf(alice)), NEW_PASSWORD)
    expect(await newDevices(alice.user.id)).toBe(0)
  })
})
