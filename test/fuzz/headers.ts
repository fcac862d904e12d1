import * as fc from 'fast-check'
import type { Owner } from '../helpers/requests'
import { accessTokenOf, refreshTokenOf } from '../helpers/tokens'
import { sometimes, VALUE } from './values'

/* Tokens and other headers of requests. Values are ASCII, because the runtime prints a warning for anything else. */

type Headers = Record<string, string>

type Credentials = (owner: Owner, at: number) => Headers

const credentials = {
  nobody: () => ({}),
  cookie: (owner) => ({ Cookie: cookieOf(owner) }),
  bearer: (owner) => ({ Authorization: `Bearer ${accessTokenOf(owner)}` }),
} as const satisfies Record<string, Credentials>

const cookieOf = (owner: Owner): string =>
  `__Host-access=${accessTokenOf(owner)}; __Secure-refresh=${refreshTokenOf(owner)}`

/** Odd values for any header. */
const oddAnywhere = [
  '',
  VALUE,
  `"${VALUE}"`,
  `${VALUE};,=:/?#[]@!$&'()*+`,
  `${VALUE}%00%ff%`,
  `{"${VALUE}":`,
  `${VALUE.repeat(1000)}`,
  ',;,;=',
  '-1',
  '1e999',
  '__proto__',
  '../../..',
]

/** Odd values for one header. */
const oddValues: Record<string, readonly string[]> = {
  Accept: ['text/html', 'text/html, */*;q=0', 'application/xml', '*/*;q=x'],
  'Accept-Language': ['ko', 'ko-KR,en;q=0.5', '*', 'ko;q=1e9', `${'en,'.repeat(2000)}`, `en;q=${'0'.repeat(5000)}1`],
  'Accept-Encoding': ['gzip, br', 'identity;q=0'],
  'Content-Type': [
    'text/plain',
    'application/json; charset=utf-16',
    'APPLICATION/JSON ; charset="utf-8"',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json, text/plain',
    'application/merge-patch+json',
  ],
  'Content-Length': ['0', '5', '65537', '9'.repeat(30), '0x10'],
  'Content-Encoding': ['gzip', 'br'],
  'Transfer-Encoding': ['chunked'],
  'X-D1-Bookmark': ['first-primary', 'first-unconstrained', '00000000-00000000-00000000-'.padEnd(59, '0')],
  'If-Match': ['*', '"1"', 'W/"1"', '"1", "2"', '"', '1'],
  'If-None-Match': ['*', '"1"', 'W/"1"', `${'"1",'.repeat(1000)}"1"`],
  'If-Modified-Since': ['Thu, 01 Jan 1970 00:00:00 GMT', 'yesterday'],
  'Idempotency-Key': ['1', '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10', '"1"', 'x'.repeat(256)],
  'CF-Connecting-IP': ['::1', '2001:db8::1', '::ffff:192.0.2.1', ':::::::::', '1.2.3.4, 5.6.7.8', ':'.repeat(1000)],
  'CF-IPCountry': ['T1', 'XX', 'kr'],
  'User-Agent': ['Mozilla/5.0 (X11; Linux x86_64)', '(((((((', 'Mozilla/'.repeat(1000)],
  'X-Forwarded-For': ['127.0.0.1'],
  'X-Forwarded-Host': ['evil.example'],
  'X-HTTP-Method-Override': ['DELETE'],
  'X-Request-Id': [VALUE],
  Origin: ['null', 'https://app.example.com', 'http://localhost:8787', 'https://app.example.com.evil.example'],
  'Sec-Fetch-Site': ['same-origin', 'none', 'cross-site', 'same-site'],
  'Access-Control-Request-Method': ['PUT', 'x'],
  Range: ['bytes=0-1', 'bytes=1-0,9-'],
  Expect: ['100-continue'],
}

const oddHeaders = fc.oneof(
  ...Object.entries(oddValues).map(([name, values]) =>
    fc
      .oneof(
        { weight: 3, arbitrary: fc.constantFrom(...values) },
        { weight: 1, arbitrary: fc.constantFrom(...oddAnywhere) },
      )
      .map((value): Headers => ({ [name]: value })),
  ),
)

const edited = (token: string, at: number): string => {
  const place = at % Math.max(1, token.length)
  return `${token.slice(0, place)}${token[place] === 'A' ? 'B' : 'A'}${token.slice(place + 1)}`
}

/** Invalid tokens, and valid tokens in invalid places. */
const oddCredentials = fc.constantFrom<Credentials>(
  (owner, at) => ({ Authorization: `Bearer ${edited(accessTokenOf(owner), at)}` }),
  (owner, at) => ({ Authorization: `Bearer ${accessTokenOf(owner).slice(0, at % 300)}` }),
  (owner) => ({ Authorization: `bEARER   ${accessTokenOf(owner)}` }),
  (owner) => ({ Authorization: `Bearer ${accessTokenOf(owner)} ${VALUE}` }),
  (owner) => ({ Authorization: `Bearer ${refreshTokenOf(owner)}` }),
  (owner) => ({ Authorization: `Bearer ${accessTokenOf(owner)}`, Cookie: cookieOf(owner) }),
  (owner) => ({ Authorization: `Basic ${accessTokenOf(owner)}` }),
  () => ({ Authorization: 'Bearer' }),
  () => ({ Authorization: `Bearer ${VALUE}.${VALUE}.${VALUE}` }),
  () => ({ Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }),
  () => ({ Authorization: 'Bearer bnVsbA.bnVsbA.bnVsbA' }),
  () => ({ Authorization: 'Bearer a.b.c.d.e' }),
  (owner, at) => ({ Cookie: `__Host-access=${edited(accessTokenOf(owner), at)}` }),
  (owner, at) => ({ Cookie: `__Secure-refresh=${edited(refreshTokenOf(owner), at)}` }),
  (owner) => ({ Cookie: `__Host-access=${VALUE}; ${cookieOf(owner)}` }),
  (owner) => ({ Cookie: `${cookieOf(owner)}; __Host-access=${VALUE}` }),
  (owner) => ({ Cookie: `__Host-access="${accessTokenOf(owner)}"` }),
  (owner) => ({ Cookie: `;;=;=${VALUE};%00=%ff;${cookieOf(owner)};` }),
  (owner) => ({ Cookie: `${cookieOf(owner)}; __Host-bookmark=${VALUE}; __proto__=${VALUE}` }),
  () => ({ Cookie: '__Host-access=; __Secure-refresh=%' }),
  () => ({ Cookie: `a=${'x'.repeat(9000)}` }),
)

/** Most requests are signed in. A few have odd tokens, and many have one or two odd headers. */
export const headersOf = (owner: () => Owner): fc.Arbitrary<{ headers: Headers; isSignedIn: boolean }> =>
  fc
    .record({
      who: fc.constantFrom<keyof typeof credentials>('nobody', 'cookie', 'cookie', 'bearer', 'bearer'),
      odd: sometimes(fc.tuple(oddCredentials, fc.nat()), 8),
      others: fc.array(oddHeaders, { maxLength: 2 }),
    })
    .map(({ who, odd: [odd, at] = [undefined, 0], others }) => {
      const own = (odd ?? credentials[who])(owner(), at)
      return { headers: Object.assign({}, own, ...others), isSignedIn: !odd && who !== 'nobody' }
    })
