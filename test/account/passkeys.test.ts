import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Passkey } from '../../src/account-data/passkeys'
import { userHandleOf } from '../../src/log-in/passkey/user-handle'
import { MAX_PASSKEYS } from '../../src/users/passkeys'
import { eventsOf } from '../activity/read-activity'
import { Authenticator } from '../helpers/authenticator'
import { advanceClock, DAY, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, logInByCode } from '../helpers/codes'
import { CHROME, CURL, device, signUpWithContacts } from '../helpers/devices'
import { addPasskey, beginPasskey, logInByPasskey, newPasskey, passkeysOf } from '../helpers/passkeys'
import { PASSWORD, type Person, signUp } from '../helpers/people'
import { expectChangesOnlyIn, expectNoChanges, rowsOf } from '../helpers/storage'
import { verificationTokenFor } from '../helpers/tokens'
import { contactOf, undo, wayBackTokenFor } from '../helpers/way-back'
import { wrapD1 } from '../helpers/wrap-d1'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const GOOGLE = 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4'

beforeEach(() => setClock(NOON))

const alice = (client = device()) => signUpWithContacts('alice', [EMAIL, PHONE], client)
const notices = async (purpose: string) =>
  [...(await allMessagesTo(EMAIL)), ...(await allMessagesTo(PHONE))].filter((message) => message.purpose === purpose)

describe('the options of a new passkey', () => {
  it('ask for one that names its user, verifies who is there, and proves no model', async () => {
    const owner = await alice()
    await owner.client.patch('/users/me', { name: 'Alice Liddell' })
    const { body } = await expectNoChanges(() => owner.client.post<object>('/users/me/passkeys/options'))
    expect(body).toEqual({
      publicKey: {
        rp: { id: 'localhost', name: 'Latchkey' },
        user: { id: userHandleOf(owner.user.id), name: 'alice', displayName: 'Alice Liddell' },
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
        timeout: 5 * MINUTE,
        attestation: 'none',
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
        excludeCredentials: [],
      },
      challengeToken: expect.stringMatching(/^[\w-]{100,500}$/),
      expiresAt: '2026-12-01T12:05:00.000Z',
    })
  })

  it('name the passkeys that are there, so that no authenticator makes another one', async () => {
    const owner = await alice()
    const { credentialId } = await addPasskey(owner)
    const { publicKey } = await beginPasskey(owner)
    expect(publicKey.excludeCredentials).toEqual([
      { type: 'public-key', id: credentialId, transports: ['internal', 'hybrid'] },
    ])
  })

  it('have a user handle of 16 bytes that says nothing about the person', () => {
    expect(userHandleOf('019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10')).toBe('AZyNLnpkfD-PHiudTGqOEA')
  })

  it.each([
    [EMAIL, EMAIL],
    [PHONE, PHONE],
  ])('call somebody without a user name by their contact: %s', async (to, name) => {
    const { publicKey } = await beginPasskey(await logInByCode(to))
    expect(publicKey.user).toMatchObject({ name, displayName: name })
  })
})

describe('a new passkey', () => {
  it('is recorded, told to all contacts, shown, and logs in', async () => {
    const owner = await alice(device({ userAgent: CHROME, country: 'KR' }))
    const authenticator = new Authenticator()
    advanceClock(MINUTE)
    const tables = ['passkeys', 'spent_tokens', 'activity', 'notice_sends', 'message_days']
    const added = await expectChangesOnlyIn(tables, () => addPasskey(owner, authenticator))
    const [entry] = await eventsOf(owner)
    expect(entry).toMatchObject({ event: 'passkey_added', sessionId: owner.session.id, device: 'Chrome on Windows' })
    expect(await notices('passkey_added')).toHaveLength(2)
    expect(added).toEqual({
      id: expect.any(String),
      name: 'Chrome on Windows, 2026-12-01',
      credentialId: expect.any(String),
      keptBy: null,
      isBackedUp: false,
      createdAt: '2026-12-01T12:01:00.000Z',
      lastUsedAt: null,
      removalRequest: null,
    })
    expect(await passkeysOf(owner)).toEqual([added])
    expect((await logInByPasskey(authenticator)).user.id).toBe(owner.user.id)
  })

  it('has the name of who keeps it, or one that its owner gives', async () => {
    const owner = await alice(device({ userAgent: CURL }))
    expect((await addPasskey(owner, new Authenticator({ aaguid: GOOGLE }))).name).toBe('Google Password Manager')
    expect((await addPasskey(owner, new Authenticator({ aaguid: GOOGLE }), '내 열쇠')).name).toBe('내 열쇠')
    const longest = '🔑'.repeat(50)
    expect((await addPasskey(owner, new Authenticator(), longest)).name).toBe(longest)
    expect((await addPasskey(owner)).name).toBe('curl, 2026-12-01')
    const unknown = await signUp('bob', device({ userAgent: 'x' }))
    expect((await addPasskey(unknown)).name).toBe('Passkey, 2026-12-01')
  })

  it('is told although the client hangs up, or the answer of D1 is lost, and can be asked for again', async () => {
    const DB = wrapD1({
      onCall: async (run, { statements }) => {
        const result = await run()
        if (statements.some(({ sql }) => /^insert into "passkeys"/i.test(sql))) {
          throw new Error('D1_ERROR: Network connection lost.')
        }
        return result
      },
    })
    const owner = await alice(device({ bindings: { DB } }))
    const body = await newPasskey(owner)
    expect((await owner.client.post('/users/me/passkeys', body)).status).toBe(503)
    expect(await rowsOf('passkeys')).toHaveLength(1)
    expect(await notices('passkey_added')).toHaveLength(2)
    const again = device().copyCookies(owner.client)
    const { status, body: answer } = await expectNoChanges(() => again.post<Passkey>('/users/me/passkeys', body))
    expect([status, [answer]]).toEqual([200, await passkeysOf({ client: again })])
  })

  it('is the eleventh: refused before and after the authenticator is asked', async () => {
    const owner = await alice()
    const late = await newPasskey(owner)
    for (let n = 0; n < MAX_PASSKEYS; n++) await addPasskey(owner)
    const refused = { status: 409, body: { code: 'too_many_passkeys' } }
    expect(await expectNoChanges(() => owner.client.post('/users/me/passkeys/options'))).toMatchObject(refused)
    expect(await expectNoChanges(() => owner.client.post('/users/me/passkeys', late))).toMatchObject(refused)
    const [first] = await passkeysOf(owner)
    expect((await owner.client.delete(`/users/me/passkeys/${first?.id}`)).status).toBe(204)
    expect((await owner.client.post('/users/me/passkeys', late)).status).toBe(201)
  })
})

describe('the list of passkeys', () => {
  it('is the owner’s alone, and has what browsers need to forget the others', async () => {
    const [owner, bob] = [await alice(), await signUp('bob')]
    const first = await addPasskey(owner)
    advanceClock(1)
    const second = await addPasskey(owner)
    await addPasskey(bob)
    const { body } = await owner.client.get('/users/me/passkeys')
    expect(body).toEqual({ rpId: 'localhost', userHandle: userHandleOf(owner.user.id), passkeys: [first, second] })
  })

  it('shows no key, and not who made the authenticator', async () => {
    const owner = await alice()
    await addPasskey(owner, new Authenticator({ aaguid: GOOGLE }))
    const [row] = await rowsOf('passkeys')
    const { text } = await owner.client.get('/users/me/passkeys')
    for (const hidden of [String(row?.['public_key']), GOOGLE]) expect(text).not.toContain(hidden)
  })
})

describe('the name of a passkey', () => {
  const rename = ({ client }: Pick<Person, 'client'>, id: string, name: unknown) =>
    client.patch<Passkey>(`/users/me/passkeys/${id}`, { name })

  it('can be changed by its owner, and changes nothing else', async () => {
    const owner = await alice()
    const added = await addPasskey(owner)
    advanceClock(1)
    await addPasskey(owner)
    const { status, body } = await expectChangesOnlyIn(['passkeys'], () => rename(owner, added.id, 'My laptop'))
    expect([status, body]).toEqual([200, { ...added, name: 'My laptop' }])
    expect((await passkeysOf(owner)).map(({ name }) => name)).toEqual(['My laptop', expect.stringContaining('2026')])
  })

  it.each(['', ' ', '\u3164', 'x'.repeat(51), 'a\0', 5, null])('cannot be %j', async (name) => {
    const owner = await alice()
    const { id } = await addPasskey(owner)
    expect((await expectNoChanges(() => rename(owner, id, name))).status).toBe(422)
  })

  it('of somebody else, or of none, cannot be changed', async () => {
    const [owner, bob] = [await alice(), await signUp('bob')]
    const { id } = await addPasskey(bob)
    for (const other of [id, '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10']) {
      expect((await expectNoChanges(() => rename(owner, other, 'Mine'))).status).toBe(404)
    }
  })
})

describe('a passkey', () => {
  it('goes with the account', async () => {
    const owner = await alice()
    await addPasskey(owner)
    expect((await owner.client.delete('/users/me', { currentPassword: PASSWORD })).status).toBe(204)
    expect(await rowsOf('passkeys')).toEqual([])
  })

  it('is the only way to log in that is left, which cannot be removed', async () => {
    const owner = await logInByCode(EMAIL)
    const authenticator = new Authenticator()
    const { id } = await addPasskey(owner, authenticator)
    expect((await owner.client.delete('/users/me/email')).status).toBe(204)
    const { client } = await logInByPasskey(authenticator)
    const last = await expectNoChanges(() => client.delete(`/users/me/passkeys/${id}`))
    expect(last).toMatchObject({ status: 409, body: { code: 'last_way_to_log_in' } })
    await addPasskey({ client })
    expect((await client.delete(`/users/me/passkeys/${id}`)).status).toBe(204)
  })

  it.each([
    ['since the change', DAY, true],
    ['in the seven days before it', -6 * DAY, true],
    ['longer ago', -8 * DAY, false],
  ])('that was added %s goes with a way back: %s', async (_, when, isGone) => {
    const owner = await alice()
    const [changedAt, addedAt] = [NOON + 30 * DAY, NOON + 30 * DAY + when]
    await addPasskey(owner)
    await env.DB.prepare('UPDATE passkeys SET created_at = ?').bind(addedAt).run()
    setClock(changedAt)
    const { client } = await logInByCode(EMAIL)
    const proof = {
      currentPassword: PASSWORD,
      verificationToken: await verificationTokenFor(contactOf('new@example.com')),
    }
    expect((await client.put('/users/me/email', proof)).status).toBe(200)
    const token = await wayBackTokenFor(EMAIL)
    advanceClock(2 * DAY)
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    expect(await rowsOf('passkeys')).toHaveLength(isGone ? 0 : 1)
  })
})
