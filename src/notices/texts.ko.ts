import { UCS2_SEGMENT } from '../delivery/message'
import { deviceAndCountry, type NoticeTexts } from './wording'

const contactNames = { sms: '전화번호', email: '이메일 주소' }

export const ko: NoticeTexts = {
  notice: {
    new_device: (details) => ({
      subject: '새 기기에서 로그인했습니다',
      happened: `새 기기(${deviceAndCountry('알 수 없음', details)})에서 로그인했습니다.`,
      inShort: '새 기기에서 로그인했습니다.',
      remedy: '비밀번호를 바꾸세요',
    }),
    password_changed: () => ({
      subject: '비밀번호가 변경되었습니다',
      happened: '계정의 비밀번호가 변경되었습니다.',
      inShort: '비밀번호 변경.',
      remedy: '아래 링크에서 되돌리세요',
    }),
    contact_changed: ({ changed }) => ({
      subject: `계정의 ${contactNames[changed]}가 변경되었습니다`,
      happened: `계정의 ${contactNames[changed]}가 추가, 변경 또는 삭제되었습니다.`,
      inShort: `${contactNames[changed]} 변경.`,
      remedy: '아래 링크에서 되돌리세요',
    }),
    contact_removal_asked: ({ changed }) => ({
      subject: `${contactNames[changed]} 삭제 요청이 있습니다`,
      happened: `계정의 ${contactNames[changed]}를 삭제하거나 바꾸려는 요청이 있습니다. 3일 뒤에 할 수 있습니다.`,
      inShort: '3일 뒤 번호 삭제.',
      remedy: '아래 링크에서 막으세요',
    }),
    username_changed: () => ({
      subject: '아이디가 변경되었습니다',
      happened: '계정의 아이디가 변경되었습니다.',
      inShort: '아이디 변경.',
      remedy: '아래 링크에서 되돌리세요',
    }),
    changes_undone: () => ({
      subject: '계정 변경을 되돌렸습니다',
      happened: '전에 보낸 링크로 계정 변경을 되돌렸고, 모든 기기에서 로그아웃되었습니다.',
      inShort: '계정 변경을 되돌렸습니다.',
      remedy: '로그인해 연락처를 확인하세요',
    }),
    identity_linked: ({ provider }) => ({
      subject: `계정에 ${provider} 로그인이 연결되었습니다`,
      happened: `계정의 로그인 방법으로 ${provider} 계정이 연결되었습니다.`,
      inShort: '새 로그인 방법이 연결되었습니다.',
      remedy: '로그인해 연결을 해제하세요',
    }),
    identity_unlinked: ({ provider }) => ({
      subject: `계정에서 ${provider} 로그인이 해제되었습니다`,
      happened: `계정에서 ${provider} 연결이 해제되어 더 이상 로그인에 쓸 수 없습니다.`,
      inShort: '로그인 방법 하나가 해제되었습니다.',
      remedy: '로그인해 계정을 확인하세요',
    }),
    identity_removal_asked: ({ provider }) => ({
      subject: `${provider} 연결 해제 요청이 있습니다`,
      happened: `계정에서 ${provider} 연결을 해제하려는 요청이 있습니다. 3일 뒤에 할 수 있으며, 그 뒤로는 로그인에 쓸 수 없습니다.`,
      inShort: '3일 뒤 연결 해제.',
      remedy: '아래 링크에서 막으세요',
    }),
    passkey_added: () => ({
      subject: '계정에 패스키가 추가되었습니다',
      happened: '계정의 로그인 방법으로 패스키가 추가되었습니다.',
      inShort: '패스키가 추가되었습니다.',
      remedy: '로그인해 삭제하세요',
    }),
    passkey_removed: () => ({
      subject: '계정에서 패스키가 삭제되었습니다',
      happened: '계정에서 패스키가 삭제되어 더 이상 로그인에 쓸 수 없습니다.',
      inShort: '패스키가 삭제되었습니다.',
      remedy: '로그인해 계정을 확인하세요',
    }),
    passkey_removal_asked: () => ({
      subject: '패스키 삭제 요청이 있습니다',
      happened:
        '계정에서 패스키를 삭제하려는 요청이 있습니다. 3일 뒤에 할 수 있으며, 그 뒤로는 로그인에 쓸 수 없습니다.',
      inShort: '3일 뒤 패스키 삭제.',
      remedy: '아래 링크에서 막으세요',
    }),
    passkey_maybe_copied: () => ({
      subject: '패스키가 복제되었을 수 있습니다',
      happened: '사용 횟수가 맞지 않는 패스키로 로그인했습니다. 누군가 복제했거나 기기가 초기화되었을 수 있습니다.',
      inShort: '패스키가 복제되었을 수 있습니다.',
      remedy: '로그인해 그 패스키를 삭제하세요',
    }),
    second_factor_on: () => ({
      subject: '2단계 인증을 켰습니다',
      happened: '계정의 2단계 인증을 켰습니다. 이제 로그인할 때 인증 앱의 코드도 필요합니다.',
      inShort: '2단계 인증 켜짐.',
      remedy: '아래 링크에서 되돌리세요',
    }),
    second_factor_changed: () => ({
      subject: '2단계 인증이 변경되었습니다',
      happened: '계정의 인증 앱이나 복구 코드가 새것으로 바뀌었습니다. 전의 것은 더 이상 쓸 수 없습니다.',
      inShort: '2단계 인증이 변경되었습니다.',
      remedy: '문의하세요',
    }),
    second_factor_off: () => ({
      subject: '2단계 인증을 껐습니다',
      happened: '계정의 2단계 인증을 껐습니다. 로그인할 때 인증 앱의 코드가 더 이상 필요하지 않습니다.',
      inShort: '2단계 인증을 껐습니다.',
      remedy: '비밀번호를 바꾸고 다시 켜세요',
    }),
    recovery_code_used: () => ({
      subject: '복구 코드를 사용했습니다',
      happened: '인증 앱 대신 계정의 복구 코드를 사용했습니다.',
      inShort: '복구 코드를 사용했습니다.',
      remedy: '비밀번호를 바꾸고 복구 코드를 새로 만드세요',
    }),
    recovery_codes_few: () => ({
      subject: '복구 코드가 얼마 남지 않았습니다',
      happened: '복구 코드를 사용해서 세 개 이하로 남았습니다. 늦기 전에 새로 만드세요.',
      inShort: '복구 코드를 사용해 얼마 남지 않았습니다.',
      remedy: '비밀번호를 바꾸세요',
    }),
    second_factor_erasure_asked: () => ({
      subject: '2단계 인증 해제 요청이 있습니다',
      happened:
        '계정의 2단계 인증을 해제해 달라는 요청이 있습니다. 3일 뒤에 할 수 있으며, 그 뒤로는 로그인할 때 인증 앱의 코드가 필요하지 않습니다.',
      inShort: '3일 뒤 2단계 해제.',
      remedy: '아래 링크에서 막으세요',
    }),
    account_deleted: () => ({
      subject: '계정이 삭제되었습니다',
      happened: '계정과 모든 내용이 삭제되었습니다.',
      remedy: '같은 비밀번호를 쓰는 곳에서 바꾸세요',
    }),
    calendar_feed_made: () => ({
      subject: '캘린더 링크가 만들어졌습니다',
      happened: '계정에 비밀 캘린더 링크가 만들어졌습니다. 링크가 있으면 누구나 기한이 있는 할 일을 볼 수 있습니다.',
      inShort: '캘린더 링크가 생겼습니다.',
      remedy: '로그인해서 링크를 끝내세요',
    }),
    refresh_reused: () => ({
      subject: '안전을 위해 세션을 종료했습니다',
      happened: '한 세션이 두 곳에서 쓰여 종료했습니다.',
      remedy: '비밀번호를 바꾸세요',
    }),
  },
  sms: (happened, remedy) => `[Latchkey] ${happened} 본인이 아니면 ${remedy}.`,
  smsWithLink: (happened, link, purpose) => {
    const isRequest = purpose.endsWith('_asked')
    const text = `${happened} ${isRequest ? '막기' : '되돌리기'}:\n${link}`
    const full = `[Latchkey] ${text}`
    // A long host leaves no room for our name, which is in most hosts.
    return full.length <= UCS2_SEGMENT ? full : text
  },
  email: (happened, remedy, host) => [
    happened,
    `${host} 계정에 관한 알림입니다. 본인이 했다면 아무것도 하지 않아도 됩니다. 아니라면 바로 ${remedy}.`,
  ],
}
