import { env } from 'cloudflare:workers'
import { describe, expect, inject, it } from 'vitest'
import worker from '../../src/index'
import { twilioAccount, twilioError } from '../delivery/twilio-stand-in'
import { recordingLimit } from '../helpers/bindings'
import { backgroundContext, type Client, clientOf, ORIGIN, settleBackground } from '../helpers/client'
import { askForCode, codeRequest, rightGuess, wrongCode } from '../helpers/codes'
import { PASSWORD, signUp } from '../helpers/people'
import { recordingBindings } from '../helpers/recorder'

const PHONE = '+821012345678'
const EMAIL = 'alice@example.com'

/** A dataset that keeps what it gets. */
function keepingDataset() {
  const points: AnalyticsEngineDataPoint[] = []
  const SIGNALS: AnalyticsEngineDataset = {
    writeDataPoint: (point) => {
      if (point) points.push(point)
    },
  }
  return { SIGNALS, points }
}

/** The parts of a data point, by the names of src/signals/data-points.ts. */
function read({ indexes = [], blobs = [], doubles = [] }: AnalyticsEngineDataPoint) {
  const [route, method, errorCode, country, limit, channel, contactCountry] = blobs
  const [status, ms, d1, rowsRead, rowsWritten, kv] = doubles
  return {
    index: indexes[0],
    route,
    method,
    errorCode,
    country,
    limit,
    channel,
    contactCountry,
    status,
    ms,
    d1,
    rowsRead,
    rowsWritten,
    kv,
  }
}

describe('the data point of a request', () => {
  it('says the route, the outcome and the cost', async () => {
    const { SIGNALS, points } = keepingDataset()
    const { client } = await signUp('alice', clientOf({ SIGNALS }))
    await client.get('/users/me')
    expect(points.map(read)).toEqual([
      {
        index: '/api/v1/auth/sign-up',
        route: '/api/v1/auth/sign-up',
        method: 'POST',
        errorCode: '',
        country: '',
        limit: '',
        channel: '',
        contactCountry: '',
        status: 201,
        ms: expect.any(Number),
        d1: 1,
        rowsRead: expect.any(Number),
        rowsWritten: expect.any(Number),
        kv: 1,
      },
      expect.objectContaining({ index: '/api/v1/users/me', status: 200, d1: 1, rowsWritten: 0, kv: 1 }),
    ])
    expect(points.map(read).map(({ rowsWritten = 0 }) => rowsWritten > 0)).toEqual([true, false])
  })

  it('counts the rows that D1 itself says it has read and written', async () => {
    const { SIGNALS, points } = keepingDataset()
    const alice = await signUp('alice')
    const acts: ((client: Client) => Promise<unknown>)[] = [
      (client) => client.get('/users/me'),
      (client) => client.post('/todos', { contents: 'Buy milk' }),
      (client) => client.get('/todos'),
      (client) => client.get('/users/me/activity'),
      (client) => client.post('/auth/log-in', { identifier: 'alice', password: PASSWORD }),
    ]
    for (const act of acts) {
      const { DB, KV, bill } = recordingBindings()
      await act(clientOf({ DB, KV, SIGNALS }).copyCookies(alice.client))
      const { rowsRead, rowsWritten } = read(points.at(-1) ?? {})
      await settleBackground()
      expect({ rowsRead, rowsWritten }).toEqual({ rowsRead: bill.read, rowsWritten: bill.written })
    }
  })

  it('says where a code goes and where it came from, and which limit refused it', async () => {
    const { SIGNALS, points } = keepingDataset()
    const client = clientOf({ SIGNALS })
    const asked = await askForCode(client, codeRequest(PHONE, 'verify'))
    await client.post('/auth/otp', codeRequest(PHONE, 'verify'))
    await client.post('/auth/otp/verify', { ...rightGuess(asked), code: wrongCode(asked.code) })
    await client.post('/auth/otp/verify', rightGuess(asked))
    await client.post('/auth/otp', codeRequest(EMAIL, 'log_in'))
    await settleBackground()
    const seen = points.map(read).filter(({ index }) => index !== 'message')
    expect(
      seen.map(({ status, errorCode, limit, channel, contactCountry }) => [
        status,
        errorCode,
        limit,
        channel,
        contactCountry,
      ]),
    ).toEqual([
      [202, '', '', 'sms', 'KR'],
      [429, 'too_many_codes', 'codes', 'sms', 'KR'],
      [401, 'invalid_code', '', '', ''],
      [200, '', '', 'sms', 'KR'],
      [202, '', '', 'email', ''],
    ])
  })

  it('says which limit by address refused it', async () => {
    const { SIGNALS, points } = keepingDataset()
    await clientOf({ SIGNALS, ...recordingLimit(false) }).post('/auth/log-in', {
      identifier: 'alice',
      password: PASSWORD,
    })
    expect(points.map(read)).toMatchObject([{ status: 429, errorCode: 'rate_limited', limit: 'address' }])
  })

  it('has the route of a path that does not exist as none, and nothing that somebody typed', async () => {
    const { SIGNALS, points } = keepingDataset()
    const alice = await signUp('alice', clientOf({ SIGNALS }))
    await alice.client.get(`${ORIGIN}/nowhere/${EMAIL}?q=secret-query`)
    await alice.client.get('/todos?q=secret-query')
    await alice.client.post('/auth/otp', codeRequest(EMAIL, 'log_in'))
    await settleBackground()
    expect(points.map(({ indexes }) => indexes)).toContainEqual(['none'])
    const text = JSON.stringify(points)
    for (const secret of [EMAIL, 'secret-query', alice.user.id, alice.session.id, 'alice'])
      expect(text).not.toContain(secret)
  })

  it('is missing without a binding, and a binding that fails does no harm', async () => {
    const without: Env = { ...env }
    Reflect.deleteProperty(without, 'SIGNALS')
    expect((await worker.fetch(new Request(`${ORIGIN}/health`), without, backgroundContext())).status).toBe(200)
    const refusing = {
      SIGNALS: {
        writeDataPoint: () => {
          throw new TypeError('refused')
        },
      },
    }
    expect((await clientOf(refusing).get(`${ORIGIN}/health`)).status).toBe(200)
  })
})

describe('the data point of a message', () => {
  const messages = (points: AnalyticsEngineDataPoint[]) => points.filter(({ indexes }) => indexes?.[0] === 'message')

  it('says how its delivery ended, and to which country it went', async () => {
    const { accountSid } = await twilioAccount([twilioError(400, 21211, "Invalid 'To' Phone Number")])
    const { SIGNALS, points } = keepingDataset()
    const settings = {
      SIGNALS,
      DELIVERY: '',
      PUBLIC_ORIGIN: ORIGIN.replace('localhost', '127.0.0.1'),
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: `token of ${accountSid}`,
      TWILIO_FROM: '+15005550006',
      TWILIO_API_URL: inject('twilioUrl'),
    }
    const client = clientOf(settings)
    expect((await client.post('/auth/otp', codeRequest(PHONE, 'log_in'))).status).toBe(202)
    await expect
      .poll(() => messages(points))
      .toEqual([
        {
          indexes: ['message'],
          blobs: ['message', 'log_in', 'invalid_recipient', '', '', 'sms', 'KR'],
          doubles: [0, expect.any(Number), 1],
        },
      ])
  })

  it('counts those that were sent', async () => {
    const { SIGNALS, points } = keepingDataset()
    await askForCode(clientOf({ SIGNALS }), codeRequest(EMAIL, 'log_in'))
    await expect
      .poll(() => messages(points))
      .toEqual([
        {
          indexes: ['message'],
          blobs: ['message', 'log_in', 'sent', '', '', 'email', ''],
          doubles: [1, expect.any(Number), 1],
        },
      ])
  })
})
