import { describe, expect, it } from 'vitest'
import { Client, withBindings } from '../../helpers/client'
import { advanceClock, setClock } from '../../helpers/clock'
import { allMessagesTo, logInByCode } from '../../helpers/codes'
import { idTokenOf, newPerson } from '../../helpers/providers'
import { goThrough } from '../../helpers/social-log-in'
import { rowsOf } from '../../helpers/storage'
import { wrapD1 } from '../../helpers/wrap-d1'

/* The owner is told of a new identity although the answer never came: a thief may hang up, and D1 may lose its answer. */

const EMAIL = 'alice@gmail.com'

/** D1 that does what it is told, and then loses the answer of each batch that adds an identity. */
const losingAnswers = () =>
  wrapD1({
    onCall: async (run, { statements }) => {
      const result = await run()
      if (statements.some(({ sql }) => /^insert into "identities"/i.test(sql))) {
        throw new Error('D1_ERROR: Network connection lost.')
      }
      return result
    },
  })

const noticesOf = async () => (await allMessagesTo(EMAIL)).filter(({ purpose }) => purpose === 'identity_linked')

describe('an identity whose linking lost its answer', () => {
  it('is told of when it was linked by an ID token', async () => {
    setClock(Date.now())
    const owner = await logInByCode(EMAIL)
    const nonce = 'a nonce of the app'
    const idToken = await idTokenOf('kakao', newPerson(), { nonce })
    const client = withBindings(owner.client, { DB: losingAnswers() })
    const { status } = await client.post('/users/me/identities', { provider: 'kakao', idToken, nonce })
    expect(status).toBe(503)
    expect(await rowsOf('identities')).toHaveLength(1)
    advanceClock(1000)
    expect(await noticesOf()).toHaveLength(1)
  })

  it('is told of when it joined an account at a log-in', async () => {
    setClock(Date.now())
    await logInByCode(EMAIL)
    const client = withBindings(new Client(), { DB: losingAnswers() })
    const { answer } = await goThrough('google', newPerson({ email: EMAIL }), { client })
    expect(answer.status).toBe(503)
    expect(await rowsOf('identities')).toHaveLength(1)
    advanceClock(1000)
    expect(await noticesOf()).toHaveLength(1)
  })
})
