import { describe, expect, it } from 'vitest'
import { deviceInWords } from '../../src/http/client-info'

/* A user agent becomes a device in words of our own, whatever it contains. */

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
const LINUX = 'Mozilla/5.0 (X11; Linux x86_64)'
const ANDROID = 'Mozilla/5.0 (Linux; Android 14; SM-S928N)'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const CHROME = `${WEBKIT} Chrome/140.0.0.0 Safari/537.36`
const MOBILE_CHROME = `${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`

const browsers: [userAgent: string, words: string][] = [
  [`${WINDOWS} ${CHROME}`, 'Chrome on Windows'],
  [`${MAC} ${CHROME}`, 'Chrome on macOS'],
  [`${LINUX} ${CHROME}`, 'Chrome on Linux'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME}`, 'Chrome on ChromeOS'],
  [`Mozilla/5.0 (Linux; Android 10; K) ${MOBILE_CHROME}`, 'Chrome on Android'],
  [`${IPHONE} CriOS/140.0.7339.101 Mobile/15E148 Safari/604.1`, 'Chrome on iOS'],
  [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15`, 'Safari on macOS'],
  [`${IPHONE} Version/18.6 Mobile/15E148 Safari/604.1`, 'Safari on iOS'],
  [`${IPHONE.replaceAll('iPhone', 'iPad')} Version/18.6 Mobile/15E148 Safari/604.1`, 'Safari on iPadOS'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox on Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox on macOS'],
  ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0', 'Firefox on Android'],
  [`${IPHONE} FxiOS/143.0 Mobile/15E148 Safari/605.1.15`, 'Firefox on iOS'],
  [`${WINDOWS} ${CHROME} Edg/140.0.3485.54`, 'Microsoft Edge on Windows'],
  [`${ANDROID} ${MOBILE_CHROME} EdgA/140.0.3485.54`, 'Microsoft Edge on Android'],
  [`${IPHONE} Version/18.0 EdgiOS/140.3485.54 Mobile/15E148 Safari/604.1`, 'Microsoft Edge on iOS'],
  [`${ANDROID} ${WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, 'Samsung Internet on Android'],
  [`${WINDOWS} ${WEBKIT} Chrome/138.0.0.0 Whale/4.33.325.17 Safari/537.36`, 'Whale on Windows'],
  [`${ANDROID} ${WEBKIT} Chrome/138.0.0.0 Whale/1.0.0.0 Mobile Safari/537.36`, 'Whale on Android'],
  [`${WINDOWS} ${CHROME} OPR/121.0.0.0`, 'Opera on Windows'],
  [`${ANDROID} ${MOBILE_CHROME} KAKAOTALK/25.9.0 (INAPP)`, 'KakaoTalk on Android'],
  [`${IPHONE} Mobile/15E148 NAVER(inapp; search; 2000; 12.14.0)`, 'NAVER on iOS'],
  [`${IPHONE} Mobile/15E148 Safari/604.1 Line/15.15.0`, 'LINE on iOS'],
  [`${WINDOWS} ${CHROME} Vivaldi/7.6`, 'Vivaldi on Windows'],
  ['Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko', 'Internet Explorer on Windows'],
]

const tools: [userAgent: string, words: string][] = [
  ['curl/8.5.0', 'curl'],
  ['python-requests/2.32.4', 'python-requests'],
  ['python-httpx/0.28.1', 'python-httpx'],
  ['okhttp/4.12.0', 'okhttp'],
  ['Go-http-client/2.0', 'go-http-client'],
  ['node', 'node'],
  ['Deno/2.4.5', 'deno'],
  ['Wget/1.21.4', 'wget'],
  ['PostmanRuntime/7.46.0', 'postmanruntime'],
]

/** Every word that may appear in a result. */
const OWN_WORDS = new Set([...browsers, ...tools].flatMap(([, words]) => words.split(' ')))

describe('a user agent', () => {
  it.each(browsers)('%s is %s', (userAgent, words) => {
    expect(deviceInWords(userAgent)).toBe(words)
  })

  it.each(tools)('%s is %s', (userAgent, words) => {
    expect(deviceInWords(userAgent)).toBe(words)
  })

  it('gives no device when it is unknown', () => {
    const unknown = [
      undefined,
      '',
      ' ',
      'garbage',
      'https://evil.example/',
      'https://evil.example/click me now',
      'Buy-Now/1.0 (cheap)',
      'EvilCorp Browser/1.0 on everything',
      'Your account is locked/1 call +15555550100',
      'curly/1.0',
      'not-curl/1.0',
      '\u0001\u0002\u0000\u001b[31m',
      '로그인/1.0',
      'constructor',
      '__proto__',
      'toString/1.0',
    ]
    expect(unknown.map(deviceInWords)).toEqual(unknown.map(() => null))
  })

  it('never gets its own text into the result', () => {
    const own = [
      'https://evil.example',
      '<b>evil</b>',
      'evil\r\nBcc: evil@example.com',
      '\u202eevil',
      'evil/9.9 (Windows)',
    ]
    for (const text of own) {
      for (const [known] of [...browsers, ...tools]) {
        for (const userAgent of [
          `${known} ${text}`,
          `${text} ${known}`,
          known.replace(/\d+/, text),
          known.replace(/\)/, `; ${text})`),
        ]) {
          for (const word of (deviceInWords(userAgent) ?? '').split(' ')) {
            expect({ userAgent, word: word === '' || OWN_WORDS.has(word) || word }).toEqual({ userAgent, word: true })
          }
        }
      }
    }
  })

  it('is parsed fast, at any length and in any form', () => {
    const parts = [
      'a',
      'a/',
      ' ',
      '1.',
      '.',
      '\\',
      '(',
      'é',
      '\u0000',
      'Version/1 ',
      'Safari/',
      'Android ',
      'Mac OS X ',
    ]
    const products = ['Mozilla/5.0 (', 'opera/ ', 'chrome chrome/', 'webkit/ version/', 'Mozilla/5.0 (X11; Linux) a/']
    const long = [...parts, ...products].map((part) => part.repeat(Math.ceil(10_000 / part.length)))
    const start = performance.now()
    for (const userAgent of long) deviceInWords(userAgent)
    expect(performance.now() - start).toBeLessThan(500)
  })

  it('is parsed only up to its 400th character', () => {
    const padding = '('.padEnd(400, ' ')
    expect(deviceInWords(`${WINDOWS} ${CHROME} ${padding}`)).toBe('Chrome on Windows')
    expect(deviceInWords(`${padding} ${WINDOWS} ${CHROME}`)).toBeNull()
  })
})
