/** The providers that people can log in with, in the order in which pages show them: `log-in/social/providers.ts`. */
export const PROVIDER_IDS = [
  'google',
  'apple',
  'github',
  'microsoft',
  'kakao',
  'naver',
  'line',
  'oidc',
  'test',
] as const
export type ProviderId = (typeof PROVIDER_IDS)[number]

/** What people call each provider. `oidc` has the name of its settings where they are known. */
const NAMES: Record<ProviderId, string> = {
  google: 'Google',
  apple: 'Apple',
  github: 'GitHub',
  microsoft: 'Microsoft',
  kakao: 'Kakao',
  naver: 'Naver',
  line: 'LINE',
  oidc: 'OpenID',
  test: 'Test provider',
}

export const providerName = (id: ProviderId): string => NAMES[id]
