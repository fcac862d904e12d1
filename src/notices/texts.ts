import { v7 as uuidv7 } from 'uuid'
import type { Channel, Locale, Message, NoticePurpose } from '../delivery/message'
import { email } from '../log-in/code/texts'

/*
 * What owners are told about their account (ASVS 6.3.7), without a link, in one SMS segment: see texts.ts.
 */

/** What a notice is about, beyond its purpose. */
interface About {
  /** The client that did it: words of `clientInfo`, never its own. */
  device: string | null
  country: string | null
  /** The kind of contact that has changed. */
  changed: Channel
}

interface Wording {
  /** What happened, as a sentence, and what to do if it was not the owner. Beside a long device there is no room in an SMS. */
  notice: Record<
    NoticePurpose,
    (about: About) => { subject: string; happened: string; inShort?: string; remedy: string }
  >
  sms: (happened: string, remedy: string) => string
  email: (happened: string, remedy: string, host: string) => string[]
}

const where = (unknown: string, { device, country }: About): string =>
  [device ?? unknown, country].filter((word) => word !== null).join(', ')

const contactInEnglish = { sms: 'phone number', email: 'e-mail address' }

const english: Wording = {
  notice: {
    new_device: (about) => ({
      subject: 'a log-in on a new device',
      happened: `There was a log-in to your account on a new device (${where('unknown', about)}).`,
      inShort: 'There was a log-in to your account on a new device.',
      remedy: 'change your password',
    }),
    password_changed: () => ({
      subject: 'your password has changed',
      happened: 'The password of your account was changed.',
      remedy: 'reset it with a code',
    }),
    contact_changed: ({ changed }) => ({
      subject: `the ${contactInEnglish[changed]} of your account has changed`,
      happened: `The ${contactInEnglish[changed]} of your account was added, changed or removed.`,
      remedy: 'log in, check your contacts and change your password',
    }),
    username_changed: () => ({
      subject: 'your user name has changed',
      happened: 'The user name of your account was changed.',
      remedy: 'log in and change your password',
    }),
    account_deleted: () => ({
      subject: 'your account was deleted',
      happened: 'Your account and everything in it was deleted.',
      remedy: 'change that password wherever else you use it',
    }),
    refresh_reused: () => ({
      subject: 'a session was ended for your safety',
      happened: 'A session of your account was used from two places, so it has ended.',
      remedy: 'log in and change your password',
    }),
  },
  sms: (happened, remedy) => `Latchkey: ${happened} If it was not you, ${remedy}.`,
  email: (happened, remedy, host) => [
    happened,
    `This is about your account at ${host}. If it was you, there is nothing to do. If it was not, ${remedy} at once.`,
  ],
}

const contactInKorean = { sms: '전화번호', email: '이메일 주소' }

const korean: Wording = {
  notice: {
    new_device: (about) => ({
      subject: '새 기기에서 로그인했습니다',
      happened: `새 기기(${where('알 수 없음', about)})에서 로그인했습니다.`,
      inShort: '새 기기에서 로그인했습니다.',
      remedy: '비밀번호를 바꾸세요',
    }),
    password_changed: () => ({
      subject: '비밀번호가 변경되었습니다',
      happened: '계정의 비밀번호가 변경되었습니다.',
      remedy: '코드로 재설정하세요',
    }),
    contact_changed: ({ changed }) => ({
      subject: `계정의 ${contactInKorean[changed]}가 변경되었습니다`,
      happened: `계정의 ${contactInKorean[changed]}가 추가, 변경 또는 삭제되었습니다.`,
      remedy: '비밀번호를 바꾸세요',
    }),
    username_changed: () => ({
      subject: '사용자 이름이 변경되었습니다',
      happened: '계정의 사용자 이름이 변경되었습니다.',
      remedy: '비밀번호를 바꾸세요',
    }),
    account_deleted: () => ({
      subject: '계정이 삭제되었습니다',
      happened: '계정과 모든 내용이 삭제되었습니다.',
      remedy: '같은 비밀번호를 쓰는 곳에서 바꾸세요',
    }),
    refresh_reused: () => ({
      subject: '안전을 위해 세션을 종료했습니다',
      happened: '한 세션이 두 곳에서 쓰여 종료했습니다.',
      remedy: '비밀번호를 바꾸세요',
    }),
  },
  sms: (happened, remedy) => `[Latchkey] ${happened} 본인이 아니면 ${remedy}.`,
  email: (happened, remedy, host) => [
    happened,
    `${host} 계정에 관한 알림입니다. 본인이 했다면 아무것도 하지 않아도 됩니다. 아니라면 바로 ${remedy}.`,
  ],
}

const wordings: Record<Locale, Wording> = { en: english, ko: korean }

/** Tells a contact what happened to its owner's account. */
export function noticeMessage(
  input: { channel: Channel; to: string; purpose: NoticePurpose; locale: Locale; host: string } & About,
): Message {
  const { channel, to, purpose, locale, host, ...about } = input
  const wording = wordings[locale]
  const { subject, happened, inShort = happened, remedy } = wording.notice[purpose](about)
  const envelope = { id: uuidv7(), channel, to, purpose, locale, code: null }
  if (channel === 'sms') return { ...envelope, subject: '', text: wording.sms(inShort, remedy), html: null }
  return { ...envelope, subject: `Latchkey: ${subject}`, ...email(locale, wording.email(happened, remedy, host)) }
}
