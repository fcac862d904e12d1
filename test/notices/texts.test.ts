import { describe, expect, it } from 'vitest'
import { CHANNELS, NOTICE_PURPOSES, type NoticePurpose } from '../../src/delivery/message'
import { DEVICE_NAMES, deviceInWords } from '../../src/http/client-info'
import { LOCALES, type Locale } from '../../src/locale'
import { noticeMessage } from '../../src/notices/texts'
import { hosts, LONG_HOST, segment } from '../delivery/sms-segments'

const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** The notices of what the owner can undo without signing in. */
const PATH: Partial<Record<string, string>> = {
  contact_removal_asked: 's',
  identity_removal_asked: 's',
  passkey_removal_asked: 's',
  contact_changed: 'w',
  password_changed: 'w',
  username_changed: 'w',
  second_factor_on: 'w',
  second_factor_erasure_asked: 's',
}
const TOKEN = 'q3Jx0vVq2mT8hW1z'

const recipients = { sms: '+821012345678', email: 'alice@example.com' }

interface About {
  host?: string
  provider?: string
  device?: string | null
  country?: string | null
}

/** The notices of a channel and language: one for every purpose, and one for every kind of contact that changed. */
const notices = (
  channel: 'sms' | 'email',
  locale: Locale,
  { host = 'latchkey.app', device = 'Chrome on Windows', country = 'KR', provider = 'Google' }: About = {},
) =>
  NOTICE_PURPOSES.flatMap((purpose) =>
    (purpose === 'contact_changed' ? CHANNELS : CHANNELS.slice(0, 1)).map((changed) => {
      const path = PATH[purpose]
      const link = path === undefined ? null : `https://${host}/${path}/${TOKEN}`
      const about = { changed, host, device, country, provider, link }
      return noticeMessage({ channel, locale, purpose, to: recipients[channel], ...about })
    }),
  )

const longest = (words: readonly string[]) => words.reduce((one, other) => (other.length > one.length ? other : one))

/** As long as OIDC_NAME may be. */
const LONGEST_PROVIDER = '가나다 & <Company>'.padEnd(30, 'x')

/** The longest text that `deviceInWords` could give. */
const LONGEST_DEVICE = `${longest(DEVICE_NAMES.browsers)} on ${longest(DEVICE_NAMES.systems)}`

describe('a notice by SMS', () => {
  it('says what happened and what to do, and has no subject', () => {
    expect(notices('sms', 'en').map(({ text }) => text)).toEqual([
      'Latchkey: There was a log-in to your account on a new device. If it was not you, change your password.',
      `Latchkey: The password of your account was changed. Not you? latchkey.app/w/${TOKEN}`,
      `Latchkey: The phone number of your account was changed. Not you? latchkey.app/w/${TOKEN}`,
      `Latchkey: The e-mail address of your account was changed. Not you? latchkey.app/w/${TOKEN}`,
      `Latchkey: somebody asked to remove this number from your account in 3 days. Not you? latchkey.app/s/${TOKEN}`,
      `Latchkey: The user name of your account was changed. Not you? latchkey.app/w/${TOKEN}`,
      'Latchkey: Changes to your account were taken back. If it was not you, log in and check your contacts.',
      'Latchkey: A new way to log in was connected to your account. If it was not you, log in and remove it.',
      'Latchkey: A way to log in was removed from your account. If it was not you, log in and check your account.',
      `Latchkey: somebody asked to remove a way to log in to your account in 3 days. Not you? latchkey.app/s/${TOKEN}`,
      'Latchkey: A passkey was added to your account, as a way to log in. If it was not you, log in and remove it.',
      'Latchkey: A passkey was removed from your account. It no longer logs you in. If it was not you, log in and check your account.',
      `Latchkey: somebody asked to remove a passkey from your account in 3 days. Not you? latchkey.app/s/${TOKEN}`,
      'Latchkey: A passkey of your account may have been copied. If it was not you, log in and remove that passkey.',
      `Latchkey: A second factor was turned on for your account. Not you? latchkey.app/w/${TOKEN}`,
      'Latchkey: Your account has a new authenticator app or new recovery codes. If it was not you, ask us for help.',
      'Latchkey: The second factor of your account was turned off. If it was not you, change your password and turn it on again.',
      'Latchkey: A recovery code of your account was used in place of your authenticator app. If it was not you, change your password and make new recovery codes.',
      'Latchkey: A recovery code was used, and few are left. Make new ones. If it was not you, change your password.',
      `Latchkey: we were asked to remove your second factor in 3 days. Not you? latchkey.app/s/${TOKEN}`,
      'Latchkey: A calendar link that shows your to-dos was made. If it was not you, log in and end it.',
      'Latchkey: A session of your account was used from two places, so it has ended. If it was not you, log in and change your password.',
      'Latchkey: Your account and everything in it was deleted. If it was not you, change that password wherever else you use it.',
    ])
    expect(notices('sms', 'ko').map(({ text }) => text)).toEqual([
      '[Latchkey] 새 기기에서 로그인했습니다. 본인이 아니면 비밀번호를 바꾸세요.',
      `[Latchkey] 비밀번호 변경. 되돌리기:\nlatchkey.app/w/${TOKEN}`,
      `[Latchkey] 전화번호 변경. 되돌리기:\nlatchkey.app/w/${TOKEN}`,
      `[Latchkey] 이메일 주소 변경. 되돌리기:\nlatchkey.app/w/${TOKEN}`,
      `[Latchkey] 3일 뒤 번호 삭제. 막기:\nlatchkey.app/s/${TOKEN}`,
      `[Latchkey] 아이디 변경. 되돌리기:\nlatchkey.app/w/${TOKEN}`,
      '[Latchkey] 계정 변경을 되돌렸습니다. 본인이 아니면 로그인해 연락처를 확인하세요.',
      '[Latchkey] 새 로그인 방법이 연결되었습니다. 본인이 아니면 로그인해 연결을 해제하세요.',
      '[Latchkey] 로그인 방법 하나가 해제되었습니다. 본인이 아니면 로그인해 계정을 확인하세요.',
      `[Latchkey] 3일 뒤 연결 해제. 막기:\nlatchkey.app/s/${TOKEN}`,
      '[Latchkey] 패스키가 추가되었습니다. 본인이 아니면 로그인해 삭제하세요.',
      '[Latchkey] 패스키가 삭제되었습니다. 본인이 아니면 로그인해 계정을 확인하세요.',
      `[Latchkey] 3일 뒤 패스키 삭제. 막기:\nlatchkey.app/s/${TOKEN}`,
      '[Latchkey] 패스키가 복제되었을 수 있습니다. 본인이 아니면 로그인해 그 패스키를 삭제하세요.',
      `[Latchkey] 2단계 인증 켜짐. 되돌리기:\nlatchkey.app/w/${TOKEN}`,
      '[Latchkey] 2단계 인증이 변경되었습니다. 본인이 아니면 문의하세요.',
      '[Latchkey] 2단계 인증을 껐습니다. 본인이 아니면 비밀번호를 바꾸고 다시 켜세요.',
      '[Latchkey] 복구 코드를 사용했습니다. 본인이 아니면 비밀번호를 바꾸고 복구 코드를 새로 만드세요.',
      '[Latchkey] 복구 코드를 사용해 얼마 남지 않았습니다. 본인이 아니면 비밀번호를 바꾸세요.',
      `[Latchkey] 3일 뒤 2단계 해제. 막기:\nlatchkey.app/s/${TOKEN}`,
      '[Latchkey] 캘린더 링크가 생겼습니다. 본인이 아니면 로그인해서 링크를 끝내세요.',
      '[Latchkey] 한 세션이 두 곳에서 쓰여 종료했습니다. 본인이 아니면 비밀번호를 바꾸세요.',
      '[Latchkey] 계정과 모든 내용이 삭제되었습니다. 본인이 아니면 같은 비밀번호를 쓰는 곳에서 바꾸세요.',
    ])
    for (const locale of LOCALES) {
      for (const { subject, html } of notices('sms', locale))
        expect({ subject, html }).toEqual({ subject: '', html: null })
    }
  })

  it.each(LOCALES)('fits one segment, for every device, host and provider: %s', (locale) => {
    const { size, room } = segment[locale]
    expect(LONGEST_DEVICE).toBe('Internet Explorer on ChromeOS')
    expect(LONG_HOST).toHaveLength(32)
    for (const device of [null, 'Chrome on Windows', LONGEST_DEVICE]) {
      for (const country of [null, 'KR']) {
        const sizes = hosts
          .flatMap((host) => notices('sms', locale, { host, device, country, provider: LONGEST_PROVIDER }))
          .map(({ text }) => size(text))
        expect(sizes).toHaveLength(32 * 23)
        expect(Math.max(...sizes)).toBeLessThanOrEqual(room)
      }
    }
  })
})

describe('a notice by e-mail', () => {
  const bodies = (locale: Locale, about?: About) =>
    notices('email', locale, about).map(({ text }) => text.split('\n\n'))

  it('says what happened, to which account, and what to do', () => {
    const advice = (remedy: string) =>
      `This is about your account at latchkey.app. If it was you, there is nothing to do. If it was not, ${remedy} at once.\n`
    const linked = (happened: string) => [
      happened,
      advice('take it back here').trim(),
      `https://latchkey.app/w/${TOKEN}\n`,
    ]
    const passwordRemedy = 'log in and change your password'
    expect(bodies('en')).toEqual([
      ['There was a log-in to your account on a new device (Chrome on Windows, KR).', advice('change your password')],
      linked('The password of your account was changed.'),
      linked('The phone number of your account was added, changed or removed.'),
      linked('The e-mail address of your account was added, changed or removed.'),
      [
        'Somebody asked to remove or replace the phone number of your account. It can be done in three days.',
        advice('stop it here').trim(),
        `https://latchkey.app/s/${TOKEN}\n`,
      ],
      linked('The user name of your account was changed.'),
      [
        'Changes to your account were taken back by a link that we had sent, and everybody was signed out.',
        advice('log in and check your contacts'),
      ],
      ['Google was connected to your account, as a way to log in.', advice('log in and remove it')],
      ['Google was removed from your account. It no longer logs you in.', advice('log in and check your account')],
      [
        'Somebody asked to remove Google from your account. It can be done in three days. Then it no longer logs you in.',
        advice('stop it here').trim(),
        `https://latchkey.app/s/${TOKEN}\n`,
      ],
      ['A passkey was added to your account, as a way to log in.', advice('log in and remove it')],
      ['A passkey was removed from your account. It no longer logs you in.', advice('log in and check your account')],
      [
        'Somebody asked to remove a passkey from your account. It can be done in three days. Then it no longer logs you in.',
        advice('stop it here').trim(),
        `https://latchkey.app/s/${TOKEN}\n`,
      ],
      [
        'There was a log-in by a passkey that counted its uses wrongly. Somebody may have copied it, or its device was reset.',
        advice('log in and remove that passkey'),
      ],
      linked('A second factor was turned on for your account. A log-in now also needs a code of an authenticator app.'),
      [
        'Your account has a new authenticator app or new recovery codes. The old ones no longer work.',
        advice('ask us for help'),
      ],
      [
        'The second factor of your account was turned off. A log-in no longer needs a code of your authenticator app.',
        advice('change your password and turn it on again'),
      ],
      [
        'A recovery code of your account was used in place of your authenticator app.',
        advice('change your password and make new recovery codes'),
      ],
      [
        'A recovery code of your account was used, and no more than three are left. Make new ones in time.',
        advice('change your password'),
      ],
      [
        'We were asked to remove the second factor of your account. It can be done in three days. Then a log-in no longer needs a code of your authenticator app.',
        advice('stop it here').trim(),
        `https://latchkey.app/s/${TOKEN}\n`,
      ],
      [
        'A secret calendar link was made for your account. Whoever has it can read your open to-dos that have a due date.',
        advice('log in and end it'),
      ],
      ['A session of your account was used from two places, so it has ended.', advice(passwordRemedy)],
      ['Your account and everything in it was deleted.', advice('change that password wherever else you use it')],
    ])
  })

  it('says the same in Korean', () => {
    const advice = (remedy: string) =>
      `latchkey.app 계정에 관한 알림입니다. 본인이 했다면 아무것도 하지 않아도 됩니다. 아니라면 바로 ${remedy}.\n`
    const passwordRemedy = '비밀번호를 바꾸세요'
    const linked = (happened: string) => [
      happened,
      advice('아래 링크에서 되돌리세요').trim(),
      `https://latchkey.app/w/${TOKEN}\n`,
    ]
    expect(bodies('ko')).toEqual([
      ['새 기기(Chrome on Windows, KR)에서 로그인했습니다.', advice(passwordRemedy)],
      linked('계정의 비밀번호가 변경되었습니다.'),
      linked('계정의 전화번호가 추가, 변경 또는 삭제되었습니다.'),
      linked('계정의 이메일 주소가 추가, 변경 또는 삭제되었습니다.'),
      [
        '계정의 전화번호를 삭제하거나 바꾸려는 요청이 있습니다. 3일 뒤에 할 수 있습니다.',
        advice('아래 링크에서 막으세요').trim(),
        `https://latchkey.app/s/${TOKEN}\n`,
      ],
      linked('계정의 아이디가 변경되었습니다.'),
      [
        '전에 보낸 링크로 계정 변경을 되돌렸고, 모든 기기에서 로그아웃되었습니다.',
        advice('로그인해 연락처를 확인하세요'),
      ],
      ['계정의 로그인 방법으로 Google 계정이 연결되었습니다.', advice('로그인해 연결을 해제하세요')],
      ['계정에서 Google 연결이 해제되어 더 이상 로그인에 쓸 수 없습니다.', advice('로그인해 계정을 확인하세요')],
      [
        '계정에서 Google 연결을 해제하려는 요청이 있습니다. 3일 뒤에 할 수 있으며, 그 뒤로는 로그인에 쓸 수 없습니다.',
        advice('아래 링크에서 막으세요').trim(),
        `https://latchkey.app/s/${TOKEN}\n`,
      ],
      ['계정의 로그인 방법으로 패스키가 추가되었습니다.', advice('로그인해 삭제하세요')],
      ['계정에서 패스키가 삭제되어 더 이상 로그인에 쓸 수 없습니다.', advice('로그인해 계정을 확인하세요')],
      [
        '계정에서 패스키를 삭제하려는 요청이 있습니다. 3일 뒤에 할 수 있으며, 그 뒤로는 로그인에 쓸 수 없습니다.',
        advice('아래 링크에서 막으세요').trim(),
        `https://latchkey.app/s/${TOKEN}\n`,
      ],
      [
        '사용 횟수가 맞지 않는 패스키로 로그인했습니다. 누군가 복제했거나 기기가 초기화되었을 수 있습니다.',
        advice('로그인해 그 패스키를 삭제하세요'),
      ],
      linked('계정의 2단계 인증을 켰습니다. 이제 로그인할 때 인증 앱의 코드도 필요합니다.'),
      ['계정의 인증 앱이나 복구 코드가 새것으로 바뀌었습니다. 전의 것은 더 이상 쓸 수 없습니다.', advice('문의하세요')],
      [
        '계정의 2단계 인증을 껐습니다. 로그인할 때 인증 앱의 코드가 더 이상 필요하지 않습니다.',
        advice('비밀번호를 바꾸고 다시 켜세요'),
      ],
      ['인증 앱 대신 계정의 복구 코드를 사용했습니다.', advice('비밀번호를 바꾸고 복구 코드를 새로 만드세요')],
      ['복구 코드를 사용해서 세 개 이하로 남았습니다. 늦기 전에 새로 만드세요.', advice(passwordRemedy)],
      [
        '계정의 2단계 인증을 해제해 달라는 요청이 있습니다. 3일 뒤에 할 수 있으며, 그 뒤로는 로그인할 때 인증 앱의 코드가 필요하지 않습니다.',
        advice('아래 링크에서 막으세요').trim(),
        `https://latchkey.app/s/${TOKEN}\n`,
      ],
      [
        '계정에 비밀 캘린더 링크가 만들어졌습니다. 링크가 있으면 누구나 기한이 있는 할 일을 볼 수 있습니다.',
        advice('로그인해서 링크를 끝내세요'),
      ],
      ['한 세션이 두 곳에서 쓰여 종료했습니다.', advice(passwordRemedy)],
      ['계정과 모든 내용이 삭제되었습니다.', advice('같은 비밀번호를 쓰는 곳에서 바꾸세요')],
    ])
  })

  it('names what is known of the device', () => {
    const first = (locale: Locale, about: About) => bodies(locale, about)[0]?.[0]
    const where = (about: About) =>
      [first('en', about), first('ko', about)].map((text) => /\((.*)\)/.exec(text ?? '')?.[1])
    expect(where({ device: null, country: null })).toEqual(['unknown', '알 수 없음'])
    expect(where({ device: null })).toEqual(['unknown, KR', '알 수 없음, KR'])
    expect(where({ country: null })).toEqual(['Chrome on Windows', 'Chrome on Windows'])
    expect(where({ device: LONGEST_DEVICE })).toEqual(Array(2).fill(`${LONGEST_DEVICE}, KR`))
  })

  it('has a different subject for every purpose and language', () => {
    expect(LOCALES.flatMap((locale) => notices('email', locale)).map(({ subject }) => subject)).toEqual([
      'Latchkey: a log-in on a new device',
      'Latchkey: your password has changed',
      'Latchkey: the phone number of your account has changed',
      'Latchkey: the e-mail address of your account has changed',
      'Latchkey: somebody wants to remove your phone number',
      'Latchkey: your user name has changed',
      'Latchkey: changes to your account were taken back',
      'Latchkey: Google was connected to your account',
      'Latchkey: Google was removed from your account',
      'Latchkey: somebody wants to remove Google from your account',
      'Latchkey: a passkey was added to your account',
      'Latchkey: a passkey was removed from your account',
      'Latchkey: somebody wants to remove a passkey from your account',
      'Latchkey: a passkey of your account may have been copied',
      'Latchkey: a second factor was turned on',
      'Latchkey: your second factor has changed',
      'Latchkey: your second factor was turned off',
      'Latchkey: a recovery code was used',
      'Latchkey: few recovery codes are left',
      'Latchkey: your second factor is to be removed',
      'Latchkey: a calendar link was made for your account',
      'Latchkey: a session was ended for your safety',
      'Latchkey: your account was deleted',
      'Latchkey: 새 기기에서 로그인했습니다',
      'Latchkey: 비밀번호가 변경되었습니다',
      'Latchkey: 계정의 전화번호가 변경되었습니다',
      'Latchkey: 계정의 이메일 주소가 변경되었습니다',
      'Latchkey: 전화번호 삭제 요청이 있습니다',
      'Latchkey: 아이디가 변경되었습니다',
      'Latchkey: 계정 변경을 되돌렸습니다',
      'Latchkey: 계정에 Google 로그인이 연결되었습니다',
      'Latchkey: 계정에서 Google 로그인이 해제되었습니다',
      'Latchkey: Google 연결 해제 요청이 있습니다',
      'Latchkey: 계정에 패스키가 추가되었습니다',
      'Latchkey: 계정에서 패스키가 삭제되었습니다',
      'Latchkey: 패스키 삭제 요청이 있습니다',
      'Latchkey: 패스키가 복제되었을 수 있습니다',
      'Latchkey: 2단계 인증을 켰습니다',
      'Latchkey: 2단계 인증이 변경되었습니다',
      'Latchkey: 2단계 인증을 껐습니다',
      'Latchkey: 복구 코드를 사용했습니다',
      'Latchkey: 복구 코드가 얼마 남지 않았습니다',
      'Latchkey: 2단계 인증 해제 요청이 있습니다',
      'Latchkey: 캘린더 링크가 만들어졌습니다',
      'Latchkey: 안전을 위해 세션을 종료했습니다',
      'Latchkey: 계정이 삭제되었습니다',
    ])
  })

  it('has the same paragraphs in HTML, and escapes the host and the name of the provider', () => {
    for (const locale of LOCALES) {
      for (const { text, html } of notices('email', locale)) {
        const paragraphs = text
          .trimEnd()
          .split('\n\n')
          .map((paragraph) => (paragraph.startsWith('https:') ? `<a href="${paragraph}">${paragraph}</a>` : paragraph))
          .map((paragraph) => `<p>${paragraph}</p>`)
        expect(html).toBe(
          `<!doctype html><html lang="${locale}"><meta charset="utf-8"><body>${paragraphs.join('')}</body></html>`,
        )
      }
      const named = notices('email', locale, { provider: LONGEST_PROVIDER }).filter(({ purpose }) =>
        purpose.startsWith('identity_'),
      )
      expect(named).toHaveLength(3)
      for (const { subject, html } of named) {
        expect(subject).toContain(LONGEST_PROVIDER)
        expect(html).toContain('가나다 &#38; &#60;Company&#62;')
      }
      for (const { html } of notices('email', locale, { host: 'a<b>&"c' })) {
        expect(html).toContain('a&#60;b&#62;&#38;&#34;c')
        expect(html).not.toContain('<b>')
      }
    }
  })
})

describe('every notice', () => {
  const all = CHANNELS.flatMap((channel) => LOCALES.flatMap((locale) => notices(channel, locale)))

  it('has its recipient, purpose and language, and no code', () => {
    const purposes: NoticePurpose[] = [
      'new_device',
      'password_changed',
      'contact_changed',
      'contact_changed',
      'contact_removal_asked',
      'username_changed',
      'changes_undone',
      'identity_linked',
      'identity_unlinked',
      'identity_removal_asked',
      'passkey_added',
      'passkey_removed',
      'passkey_removal_asked',
      'passkey_maybe_copied',
      'second_factor_on',
      'second_factor_changed',
      'second_factor_off',
      'recovery_code_used',
      'recovery_codes_few',
      'second_factor_erasure_asked',
      'calendar_feed_made',
      'refresh_reused',
      'account_deleted',
    ]
    expect(all.map(({ channel, to, purpose, locale, code }) => ({ channel, to, purpose, locale, code }))).toEqual(
      CHANNELS.flatMap((channel) =>
        LOCALES.flatMap((locale) =>
          purposes.map((purpose) => ({ channel, to: recipients[channel], purpose, locale, code: null })),
        ),
      ),
    )
    for (const { id } of all) expect(id).toMatch(UUIDV7)
  })

  it('names Latchkey, and has no link but our own, where the owner can undo it', () => {
    expect(all).toHaveLength(92)
    for (const { subject, text, html, purpose } of all) {
      const path = PATH[purpose]
      if (path !== undefined) {
        const link = `https://latchkey.app/${path}/${TOKEN}`
        if (html !== null) expect(html).toContain(`<p><a href="${link}">${link}</a></p>`)
        expect(text).toContain(`latchkey.app/${path}/${TOKEN}`)
        continue
      }
      const whole = [subject, text, html].join('\n')
      expect(whole).toContain('Latchkey')
      expect(whole).not.toMatch(/:\/\/|https?:|www\.|<a\b|href/i)
    }
  })

  it('describes a device in words of our own, never with text from the client', () => {
    expect(deviceInWords('Mozilla/5.0 https://evil.example/ <a href="x">log in</a> Chrome/130.0')).toBe('Chrome')
    expect(deviceInWords('Pay now at evil.example')).toBeNull()
  })
})
