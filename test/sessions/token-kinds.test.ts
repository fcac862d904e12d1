import { EncryptJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { mac } from '../../src/lib/mac'
import { Client } from '../helpers/client'
import type { Person } from '../helpers/people'
import { accessTokenOf, forgeAccessToken, refreshTokenOf, workerKeys } from '../helpers/tokens'
import { expectTokensRefused, keyBytes, signUpVictim } from './forged-tokens'

/** A cursor of the person's list of to-dos. */
async function cursorOf({ client }: Person): Promise<string> {
  for (const contents of ['One', 'Two']) await client.post('/todos', { contents })
  return (await client.get<{ nextCursor: string }>('/todos?limit=1')).body.nextCursor
}

describe('a token of one kind', () => {
  it('is never accepted as an access token', async () => {
    const alice = await signUpVictim()
    const cursor = await cursorOf(alice)
    const { current } = await workerKeys()
    await expectTokensRefused({
      'a refresh token': refreshTokenOf(alice),
      'a cursor': cursor,
      'signed with the key of refresh tokens': await forgeAccessToken(alice, {
        sign: (input) => mac(current.refreshToken, input),
      }),
      'signed with the key of cursors': await forgeAccessToken(alice, { sign: (input) => mac(current.cursor, input) }),
      'signed with the key of the throttle': await forgeAccessToken(alice, {
        sign: (input) => mac(current.throttle, input),
      }),
      'encrypted for the key': await new EncryptJWT({ sid: alice.session.id, jti: crypto.randomUUID() })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt', kid: current.kid })
        .setIssuer('latchkey')
        .setAudience('latchkey-api')
        .setSubject(alice.user.id)
        .setIssuedAt()
        .setExpirationTime('10m')
        .encrypt(await keyBytes('access-token')),
    })
  })

  it('is never accepted as a refresh token', async () => {
    const alice = await signUpVictim()
    const cursor = await cursorOf(alice)
    const { current } = await workerKeys()
    const content = `${alice.session.id}.0`
    const tokens = {
      'an access token': accessTokenOf(alice),
      'a cursor': cursor,
      'of the key of access tokens': `${content}.${await mac(current.accessToken, content)}`,
      'of the key of cursors': `${content}.${await mac(current.cursor, content)}`,
      'of another generation': `${alice.session.id}.1.${refreshTokenOf(alice).split('.')[2]}`,
      'without a MAC': `${content}.`,
    }
    for (const [name, token] of Object.entries(tokens)) {
      const answer = await new Client({ Cookie: `__Secure-refresh=${token}` }).post('/auth/refresh')
      expect({ name, status: answer.status, code: answer.body.code }).toEqual({
        name,
        status: 401,
        code: 'invalid_refresh_token',
      })
    }
    const inBody = await new Client().post('/auth/refresh', { refreshToken: accessTokenOf(alice) })
    expect(inBody.body.code).toMatch(/^(invalid_refresh_token|invalid_fields)$/)
    expect((await alice.client.post('/auth/refresh')).status).toBe(200)
  })

  it('is never accepted as a cursor', async () => {
    const alice = await signUpVictim()
    for (const cursor of [accessTokenOf(alice), refreshTokenOf(alice)]) {
      const answer = await alice.client.get(`/todos?cursor=${cursor}`)
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_fields', errors: [{ path: '/cursor' }] } })
    }
  })
})
