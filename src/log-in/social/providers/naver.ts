import * as z from 'zod'
import type { ProviderEntry } from '../provider'

const userSchema = z.object({
  resultcode: z.literal('00'),
  response: z.object({
    id: z.string(),
    email: z.string().optional(),
    name: z.string().optional(),
    nickname: z.string().optional(),
  }),
})

const ISSUER = 'https://nid.naver.com'

/** Naver says nowhere that an address is verified, so it never counts. */
export const naver: ProviderEntry = {
  needs: ['NAVER_CLIENT_ID', 'NAVER_CLIENT_SECRET'],
  open: ({ NAVER_CLIENT_ID: id = '', NAVER_CLIENT_SECRET: secret = '' }) => ({
    server: {
      issuer: ISSUER,
      authorization_endpoint: 'https://nid.naver.com/oauth2.0/authorize',
      token_endpoint: 'https://nid.naver.com/oauth2.0/token',
    },
    scope: '',
    tokenNeedsState: true,
    client: { id, secret },
    readApi: async (get) => {
      const { response } = await get('https://openapi.naver.com/v1/nid/me', userSchema)
      return {
        issuer: ISSUER,
        subject: response.id,
        email: null,
        label: response.email ?? response.nickname,
        name: response.name ?? response.nickname,
      }
    },
  }),
}
