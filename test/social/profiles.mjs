import { open } from './token-endpoints.mjs'

/*
 * The APIs from which people are read who log in with GitHub, Kakao or Naver, which say more than an ID token.
 *
 * GitHub  https://docs.github.com/en/rest/users/users#get-the-authenticated-user
 *         https://docs.github.com/en/rest/users/emails#list-email-addresses-for-the-authenticated-user
 * Kakao   https://developers.kakao.com/docs/latest/en/kakaologin/rest-api#req-user-info
 * Naver   https://developers.naver.com/docs/login/profile/profile.md
 */

const json = (status, body) => ({ status, body })

/** What the access token of a request says, if it is one of this provider. */
export function accessOf(provider, headers) {
  const [scheme, token] = (headers.authorization ?? '').split(' ')
  const access = scheme.toLowerCase() === 'bearer' ? open(token) : undefined
  return access?.isAccessToken && access.provider === provider ? access : undefined
}

const has = (scope, name) => scope.split(/[ ,]/).includes(name)

/** GitHub refuses requests without a User-Agent. */
function github(headers, answer) {
  if (!headers['user-agent']) {
    const text = 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header'
    return { status: 403, body: `${text} (https://docs.github.com/…).`, headers: { 'Content-Type': 'text/html' } }
  }
  const access = accessOf('github', headers)
  if (!access) return json(401, { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest' })
  return answer(access)
}

export const githubUser = (headers) =>
  github(headers, ({ person }) =>
    json(200, {
      login: person.login ?? `user-${person.subject}`,
      id: Number(person.subject),
      node_id: 'MDQ6VXNlcjE=',
      avatar_url: 'https://avatars.githubusercontent.com/u/1',
      type: 'User',
      site_admin: false,
      name: person.name ?? null,
      email: null, // only a public one
      created_at: '2008-01-14T04:33:35Z',
    }),
  )

export const githubEmails = (headers) =>
  github(headers, ({ person, scope }) => {
    if (!has(scope, 'user:email') && !has(scope, 'user')) return json(404, { message: 'Not Found', status: '404' })
    const own = { email: person.email, primary: true, verified: person.emailVerified ?? true }
    const emails = person.emails ?? (person.email === undefined ? [] : [own])
    return json(
      200,
      emails.map((email) => ({ visibility: email.primary ? 'private' : null, ...email })),
    )
  })

export function kakaoUser(headers) {
  const access = accessOf('kakao', headers)
  if (!access) return json(401, { msg: 'this access token does not exist', code: -401 })
  const { person, scope } = access
  const profile = has(scope, 'profile_nickname') && {
    profile_nickname_needs_agreement: false,
    profile: { nickname: person.name, is_default_nickname: false },
  }
  const email = has(scope, 'account_email') && {
    has_email: person.email !== undefined,
    email_needs_agreement: false,
    ...(person.email !== undefined && {
      is_email_valid: person.emailValid ?? true,
      is_email_verified: person.emailVerified ?? true,
      email: person.email,
    }),
  }
  return json(200, {
    id: Number(person.subject),
    connected_at: '2026-01-01T00:00:00Z',
    properties: { nickname: person.name },
    kakao_account: { ...profile, ...email },
  })
}

export function naverUser(headers) {
  const access = accessOf('naver', headers)
  if (!access) return json(401, { resultcode: '024', message: 'Authentication failed (인증 실패하였습니다.)' })
  const { subject, email, name } = access.person
  return json(200, {
    resultcode: '00',
    message: 'success',
    response: { id: subject, email, nickname: name, name, profile_image: 'https://phinf.pstatic.net/photo.png' },
  })
}
