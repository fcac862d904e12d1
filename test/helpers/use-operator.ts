import type { SessionAnswer } from '../../src/sessions/schemas'
import type { Answer, Client } from './client'
import { OPERATOR, withOperatorToken } from './operator'
import { logIn, PASSWORD } from './people'

interface Measuring {
  client: Client
  measure: <Body>(name: string, act: () => Promise<Answer<Body>>) => Promise<Body>
}

/** What operators do, with an account that has one session and no to-dos. The client is signed out. */
export async function useOperator({ client, measure }: Measuring): Promise<void> {
  const signedUp = await client.post<SessionAnswer>('/auth/sign-up', { username: 'olga', password: PASSWORD })
  const account = `${OPERATOR}/accounts/${signedUp.body.user.id}`
  const options = { headers: withOperatorToken() }
  const body = { identifier: 'olga' }
  await measure('operator, find', () => client.post(`${OPERATOR}/accounts/find`, body, options))
  await measure('operator, see', () => client.get(account, options))
  await measure('operator, export', () => client.get(`${account}/export`, options))
  await measure('operator, end sessions', () => client.delete(`${account}/sessions`, undefined, options))
  await logIn('olga')
  await measure('operator, block', () => client.post(`${account}/block`, { reason: 'Sends spam' }, options))
  const credentials = { identifier: 'olga', password: PASSWORD }
  await measure('log-in, blocked', () => client.post('/auth/log-in', credentials))
  await measure('operator, unblock', () => client.post(`${account}/unblock`, undefined, options))
  await client.post('/auth/log-in', { ...credentials, password: 'wrong' })
  await measure('operator, unlock', () => client.post(`${account}/unlock`, undefined, options))
  await measure('operator, erase', () => client.delete(account, undefined, options))
  await measure('operator, counters', () => client.get(`${OPERATOR}/counters`, options))
  await measure('operator, doctor', () => client.get(`${OPERATOR}/doctor`, options))
  await measure('operator, acts', () => client.get(`${OPERATOR}/acts`, options))
  const { body: page } = await client.get<{ nextCursor: string }>(`${OPERATOR}/acts?limit=1`, options)
  await measure('operator, acts, next page', () => client.get(`${OPERATOR}/acts?cursor=${page.nextCursor}`, options))
}
