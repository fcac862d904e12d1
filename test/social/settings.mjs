import { createPrivateKey, createPublicKey } from 'node:crypto'

/*
 * How this deployment is registered at the stand-ins for the providers: the settings of the Worker in tests. All of it was made for tests.
 */

const APPLE_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'PbgG1heInJrzfi5IV2ebpgCMg53DDIPPJrMDWTVUK4Q',
  y: 'Dzrz2ms8tr-E5_oMfrCOq-lRmKE2Rp0mQCWtR-QUGfA',
  d: 'XTIjsAbT_JAGV653xPGSm6DE1ahCEJG7uKET7mwW8gU',
}

export const applePublicKey = createPublicKey({ key: APPLE_KEY, format: 'jwk' })

export const settings = {
  GOOGLE_CLIENT_ID: '1234567890-latchkey.apps.googleusercontent.com',
  GOOGLE_CLIENT_SECRET: 'the secret of latchkey at Google',
  GOOGLE_NATIVE_CLIENT_IDS: '1234567890-ios.apps.googleusercontent.com,1234567890-android.apps.googleusercontent.com',
  APPLE_CLIENT_ID: 'com.example.latchkey.web',
  APPLE_TEAM_ID: 'A1B2C3D4E5',
  APPLE_KEY_ID: 'F6G7H8J9K0',
  APPLE_PRIVATE_KEY: createPrivateKey({ key: APPLE_KEY, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }),
  APPLE_NATIVE_CLIENT_IDS: 'com.example.latchkey',
  GITHUB_CLIENT_ID: 'Iv1.8a61f9b3a7aba766',
  GITHUB_CLIENT_SECRET: 'the secret of latchkey at GitHub',
  MICROSOFT_CLIENT_ID: '535fb089-9ff3-47b6-9bfb-4f1264799865',
  MICROSOFT_CLIENT_SECRET: 'the secret of latchkey at Microsoft',
  MICROSOFT_NATIVE_CLIENT_IDS: '00001111-aaaa-2222-bbbb-3333cccc4444',
  KAKAO_CLIENT_ID: '0123456789abcdef0123456789abcdef',
  KAKAO_CLIENT_SECRET: 'the secret of latchkey at Kakao',
  KAKAO_NATIVE_CLIENT_IDS: 'fedcba9876543210fedcba9876543210',
  NAVER_CLIENT_ID: 'jyvqXeaVOVmV',
  NAVER_CLIENT_SECRET: 'the secret of latchkey at Naver',
  LINE_CLIENT_ID: '1234567890',
  LINE_CLIENT_SECRET: '0123456789abcdef0123456789abcde0',
  LINE_NATIVE_CLIENT_IDS: '1234567891',
  OIDC_ISSUER: 'https://idp.example',
  OIDC_CLIENT_ID: 'latchkey',
  OIDC_CLIENT_SECRET: 'the secret of latchkey at Example',
  OIDC_NAME: 'Example',
  OIDC_NATIVE_CLIENT_IDS: 'latchkey-app',
}

/** How operators get in: by a token, or through Cloudflare Access. */
export const operatorSettings = {
  OPERATOR_TOKEN: 'the-token-of-the-operators-in-tests',
  ACCESS_TEAM_DOMAIN: 'latchkey.cloudflareaccess.com',
  ACCESS_AUDIENCE: '32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228',
}

/** Those of the test provider are constants: scripts/test-provider.mjs. */
const testProvider = { id: 'latchkey', secret: 'latchkey-test-provider', nativeIds: [] }

/** @returns {{ id: string, secret: string | undefined, nativeIds: string[] }} */
export function clientAt(provider) {
  if (provider === 'test') return testProvider
  const name = provider.toUpperCase()
  return {
    id: settings[`${name}_CLIENT_ID`],
    secret: settings[`${name}_CLIENT_SECRET`],
    nativeIds: settings[`${name}_NATIVE_CLIENT_IDS`]?.split(',') ?? [],
  }
}
