import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../helpers/client'
import { MINUTE, setClock } from '../../helpers/clock'
import { askForCode, codeRequest, rightGuess } from '../../helpers/codes'
import type { Tokens } from '../../helpers/people'
import { tally, together } from '../../helpers/people'
import { clientsAt, STALE_MS, staleKv } from '../../helpers/stale-kv'
import { rowsOf } from '../../helpers/storage'
import { raceLogInsAndSignUps, raceOneCode, raceOverCodes, raceSends, raceSignUps, raceWrongAndRight } from './race'

/*
 * What is promised with a KV that is as stale as production may be.
 *
 * Everywhere and at once, because D1 decides: a code is accepted at most once. At most five guesses at a code and 20 wrong
 * guesses a day count. Limits of codes hold. One token makes one user. A refresh token has one successor. A session that has
 * ended gets no token and changes nothing.
 *
 * At other locations, up to 60 s later: a right code may be refused there, because KV does not show its challenge yet. A
 * session that has ended may still read. `GET /auth/session` may show the profile as it was before a change.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const PHONE = '+821012345678'

beforeEach(() => {
  setClock(NOON)
})

describe('the stale KV of these tests', () => {
  it('shows a location its own writes at once, and writes of others 60 s later, also for absent keys', async () => {
    const kv = staleKv()
    const [seoul, paris] = [kv.at('seoul'), kv.at('paris')]
    await env.KV.put('key', '0')
    await seoul.put('key', '1')
    await seoul.put('new', '1')
    const shown = async (where: KVNamespace) => [await where.get('key'), await where.get('new')]
    expect(await env.KV.get('key')).toBe('1')
    expect(await shown(seoul)).toEqual(['1', '1'])
    expect(await shown(paris)).toEqual(['0', null])
    setClock(NOON + 30_000)
    await seoul.delete('key')
    expect(await shown(seoul)).toEqual([null, '1'])
    setClock(NOON + STALE_MS - 1)
    expect(await shown(paris)).toEqual(['0', null])
    setClock(NOON + STALE_MS)
    expect(await shown(paris)).toEqual(['1', '1'])
    setClock(NOON + 30_000 + STALE_MS)
    expect(await shown(paris)).toEqual([null, '1'])
  })
})

/** Clients at three locations in turn. The first is in Seoul. */
function inThreeCities(): (n: number) => Client {
  const { seoul, paris, lima } = clientsAt('seoul', 'paris', 'lima')
  const places = [seoul, paris, lima] as const
  return (n) => (places[n % 3] ?? seoul)()
}

describe('100 requests at once at three locations', () => {
  it('get one verification token for one right code', () => raceOneCode(inThreeCities(), 'verify'))

  it('get one session and make one user with one right code', () => raceOneCode(inThreeCities(), 'log_in'))

  it.each([3, 99])('make at most five guesses that count, when the right code is at index %i', (right) =>
    raceWrongAndRight(inThreeCities(), right),
  )

  it('make 20 wrong guesses that count at four codes, and then none for a day', () => raceOverCodes(inThreeCities()))

  it('send one message when they ask for a code', () => raceSends(inThreeCities()))

  it('make one user when they sign up with one verification token', () => raceSignUps(inThreeCities()))

  it('make one user when they log in and sign up with a new phone', () => raceLogInsAndSignUps(inThreeCities()))
})

describe('a right code', () => {
  it('is accepted once when 100 requests race, after every location has its challenge', async () => {
    const place = inThreeCities()
    const asked = await askForCode(place(0), codeRequest(PHONE, 'log_in'))
    setClock(NOON + STALE_MS)
    const answers = await together(100, (n) => place(n).post('/auth/otp/log-in', rightGuess(asked)))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 201: 1, 401: 99 })
    expect(await rowsOf('sessions')).toHaveLength(1)
  })

  it('may be refused for 60 s where KV does not show its challenge yet, and no guess is counted', async () => {
    const { seoul, paris } = clientsAt('seoul', 'paris')
    const asked = await askForCode(seoul(), codeRequest(PHONE, 'log_in'))
    const guess = (client: Client) => client.post('/auth/otp/log-in', rightGuess(asked))
    setClock(NOON + STALE_MS - 1)
    expect(tally((await together(100, () => guess(paris()))).map(({ status }) => status))).toEqual({ 401: 100 })
    expect(await rowsOf('otp_codes')).toMatchObject([{ attempts: 0, wrong: 0 }])
    setClock(NOON + STALE_MS)
    expect((await guess(paris())).status).toBe(201)
  })

  it('is never accepted a second time at another location, now or later', async () => {
    const place = inThreeCities()
    const asked = await askForCode(place(0), codeRequest(PHONE, 'log_in'))
    const guess = (n: number) => place(n).post('/auth/otp/log-in', rightGuess(asked))
    const accepted = { 201: 0 }
    for (const at of [0, STALE_MS - 1, STALE_MS, 2 * STALE_MS, 5 * MINUTE - 1]) {
      setClock(NOON + at)
      for (const { status } of await together(30, guess)) if (status !== 401) accepted[201] += status === 201 ? 1 : 100
    }
    expect(accepted).toEqual({ 201: 1 })
    expect(await rowsOf('sessions')).toHaveLength(1)
  })

  it('is refused after a newer one, even where KV still shows only the old one', async () => {
    const { seoul, paris } = clientsAt('seoul', 'paris')
    const first = await askForCode(seoul(), codeRequest(PHONE, 'log_in'))
    setClock(NOON + MINUTE)
    const second = await askForCode(seoul(), codeRequest(PHONE, 'log_in'))
    for (const asked of [first, second]) {
      expect((await paris().post('/auth/otp/log-in', rightGuess(asked))).status).toBe(401)
    }
    expect((await seoul().post('/auth/otp/log-in', rightGuess(second))).status).toBe(201)
  })
})

describe('a session that has ended in Seoul', () => {
  const { signedIn, endings } = sessions()

  it.each(Object.entries(endings))(
    'changes nothing in Paris any more, and reads for at most 60 s: %s',
    async (_, end) => {
      const { seoul, paris, tokens } = await signedIn()
      const bearer = { headers: { Authorization: `Bearer ${tokens.accessToken}` } }
      const inParis = paris()
      // The session is used in Paris, so that a copy is there.
      setClock(NOON + STALE_MS)
      expect((await inParis.get('/auth/session', bearer)).status).toBe(200)

      setClock(NOON + 2 * MINUTE)
      await end(seoul, tokens)
      const [ended, users] = [Date.now(), await rowsOf('users')]
      for (const at of [0, STALE_MS - 1]) {
        setClock(ended + at)
        expect((await inParis.get('/auth/session', bearer)).status).toBe(200)
        expect((await inParis.patch('/users/me', { name: 'Mallory' }, bearer)).status).toBe(401)
        expect((await inParis.post('/todos', { contents: 'Too late' }, bearer)).status).toBe(401)
        expect((await inParis.post('/auth/refresh', { refreshToken: tokens.refreshToken })).status).toBe(401)
        expect((await seoul().get('/auth/session', bearer)).status).toBe(401)
      }
      expect(await rowsOf('users')).toEqual(users)
      setClock(ended + STALE_MS)
      for (const path of ['/auth/session', '/users/me', '/todos']) {
        expect((await inParis.get(path, bearer)).status).toBe(401)
      }
    },
  )

  it('cannot be read where KV never had a copy', async () => {
    const { seoul, paris, tokens } = await signedIn()
    const bearer = { headers: { Authorization: `Bearer ${tokens.accessToken}` } }
    await seoul().post('/auth/log-out', {}, bearer)
    expect((await paris().get('/auth/session', bearer)).status).toBe(401)
  })
})

describe('a refresh token', () => {
  it('has one successor when it is used at several locations at once', async () => {
    const { signedIn: signIn } = sessions()
    const { seoul, paris, tokens } = await signIn()
    const answers = await together(100, (n) =>
      (n % 2 === 0 ? seoul() : paris()).post<Tokens>('/auth/refresh', { refreshToken: tokens.refreshToken }),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 100 })
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1)
    expect(await rowsOf('sessions')).toMatchObject([{ generation: 1 }])
  })
})

/** Logs somebody in by code in Seoul, and ways to end that session there. */
function sessions() {
  const signedIn = async () => {
    const { seoul, paris } = clientsAt('seoul', 'paris')
    const asked = await askForCode(seoul(), codeRequest(PHONE, 'log_in'))
    const { status, body } = await seoul().post<Tokens>('/auth/otp/log-in', { ...rightGuess(asked), tokens: 'body' })
    expect(status).toBe(201)
    return { seoul, paris, tokens: body }
  }
  const endings: Record<string, (seoul: () => Client, tokens: Tokens) => Promise<void>> = {
    'by logging out': async (seoul, { accessToken }) => {
      const headers = { Authorization: `Bearer ${accessToken}` }
      expect((await seoul().post('/auth/log-out', {}, { headers })).status).toBe(204)
    },
    'by a password reset': async (seoul) => {
      const asked = await askForCode(seoul(), codeRequest(PHONE, 'reset_password'))
      const { body } = await seoul().post<{ verificationToken: string }>('/auth/otp/verify', rightGuess(asked))
      const reset = { newPassword: 'another horse battery staple', verificationToken: body.verificationToken }
      expect((await seoul().put('/auth/password', reset)).status).toBe(204)
    },
  }
  return { signedIn, endings }
}
