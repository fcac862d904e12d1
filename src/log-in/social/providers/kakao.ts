import * as z from 'zod'
import { type ProviderEntry, verifiedEmail } from '../provider'

const userSchema = z.object({
  id: z.int(),
  kakao_account: z
    .object({
      email: z.string().optional(),
      is_email_valid: z.boolean().optional(),
      is_email_verified: z.boolean().optional(),
      profile: z.object({ nickname: z.string().optional() }).optional(),
    })
    .optional(),
})

const ISSUER = 'https://kauth.kakao.com'

/** Only the API of Kakao says whether an address is valid and verified. An ID token of its SDKs names the same person, without that. */
export const kakao: ProviderEntry = {
  needs: ['KAKAO_CLIENT_ID', 'KAKAO_CLIENT_SECRET'],
  open: ({ KAKAO_CLIENT_ID: id = '', KAKAO_CLIENT_SECRET: secret = '', KAKAO_NATIVE_CLIENT_IDS: nativeIds }) => ({
    server: {
      issuer: ISSUER,
      authorization_endpoint: 'https://kauth.kakao.com/oauth/authorize',
      token_endpoint: 'https://kauth.kakao.com/oauth/token',
      jwks_uri: 'https://kauth.kakao.com/.well-known/jwks.json',
    },
    scope: 'account_email profile_nickname',
    client: { id, secret, nativeIds },
    readApi: async (get) => {
      const { id: number, kakao_account: account } = await get('https://kapi.kakao.com/v2/user/me', userSchema)
      const isVerified = account?.is_email_valid === true && account.is_email_verified === true
      return {
        issuer: ISSUER,
        subject: String(number),
        email: verifiedEmail(account?.email, isVerified, () => false),
        label: account?.email ?? account?.profile?.nickname,
        name: account?.profile?.nickname,
      }
    },
    idToken: {
      read: ({ iss, sub, email, nickname }) => ({
        issuer: iss,
        subject: sub,
        email: null,
        label: email ?? nickname,
        name: nickname,
      }),
    },
  }),
}
