import { describe, expect, it } from 'vitest'
import { logInByCode } from '../../helpers/codes'
import { newPerson } from '../../helpers/providers'
import { goThrough, logInWith } from '../../helpers/social-log-in'
import { rowsOf } from '../../helpers/storage'

/*
 * What an attacker has tried against log-ins by a provider, beyond the takeovers in takeover.test.ts. A fixed hole left its test here.
 */

describe('Microsoft', () => {
  const TENANT = '11111111-1111-4111-8111-111111111111'
  const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

  // `xms_edov` is true of them too: https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
  it.each([
    ['a personal account', { tenant: CONSUMERS }],
    ['a guest with a personal account', { tenant: TENANT, idp: 'live.com' }],
    ['a guest with a Google account', { tenant: TENANT, idp: 'google.com' }],
    ['a guest whose provider is no text', { tenant: TENANT, idp: ['google.com'] }],
  ])('does not run the mailbox of %s, which it has verified once', async (_, about) => {
    await logInByCode('recycled@company.example')
    const attacker = newPerson({ email: 'recycled@company.example', domainOwnerVerified: true, ...about })
    const { answer } = await goThrough('microsoft', attacker)
    expect(answer.body).toMatchObject({ code: 'identity_needs_proof', email: 'recycled@company.example' })
    expect(await rowsOf('identities')).toEqual([])
  })

  it.each([
    ['a personal account at Outlook', { tenant: CONSUMERS, email: 'owner@outlook.com' }],
    ['somebody of a tenant', { tenant: TENANT, email: 'owner@company.example' }],
    [
      'the same, whose provider is named',
      { tenant: TENANT, email: 'owner@company.example', idp: `https://login.microsoftonline.com/${TENANT}/v2.0` },
    ],
  ])('runs the mailbox of %s', async (_, about) => {
    const owner = await logInByCode(about.email)
    const { user } = await logInWith('microsoft', newPerson({ domainOwnerVerified: true, ...about }))
    expect(user.id).toBe(owner.user.id)
  })
})
