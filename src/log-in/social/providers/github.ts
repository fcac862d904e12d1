import * as z from 'zod'
import { type ProviderEntry, verifiedEmail } from '../provider'

const userSchema = z.object({ id: z.int(), login: z.string(), name: z.string().nullish() })
const emailsSchema = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }))

const ISSUER = 'https://github.com/login/oauth'

/** GitHub is no OpenID provider: a person is read from its API. It has verified an address once, but runs no mailbox. */
export const github: ProviderEntry = {
  needs: ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
  open: ({ GITHUB_CLIENT_ID: id = '', GITHUB_CLIENT_SECRET: secret = '' }) => ({
    server: {
      issuer: ISSUER,
      authorization_endpoint: 'https://github.com/login/oauth/authorize',
      token_endpoint: 'https://github.com/login/oauth/access_token',
    },
    scope: 'read:user user:email',
    client: { id, secret },
    readApi: async (get) => {
      const [user, emails] = await Promise.all([
        get('https://api.github.com/user', userSchema),
        get('https://api.github.com/user/emails', emailsSchema),
      ])
      const primary = emails.find((email) => email.primary)
      return {
        issuer: ISSUER,
        subject: String(user.id),
        email: verifiedEmail(primary?.email, primary?.verified === true, () => false),
        label: user.login,
        name: user.name ?? undefined,
      }
    },
  }),
}
