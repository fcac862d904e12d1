import type { AccountAct } from '../../../activity/events'
import type { Channel } from '../../../delivery/message'
import type { SecondFactorMethod } from '../../../errors'
import { type ProviderId, providerName } from '../../../users/provider-ids'
import type { LogInMethod } from '../../../users/ways-to-log-in'
import type { accountTexts as English } from '../en/account'
import { providerNameInKorean, withProvider } from './social'

const koreanName = (id: ProviderId | undefined): string => (id ? providerNameInKorean(id, providerName(id)) : '로그인')

const loggedInBy: Record<LogInMethod, string> = {
  password: '비밀번호로 로그인했습니다',
  code: '인증번호로 로그인했습니다',
  social: '로그인했습니다',
  passkey: '패스키로 로그인했습니다',
}
/** What follows a log-in with a second factor. */
const andBy: Record<SecondFactorMethod, string> = {
  totp: ' (2단계 인증: 인증 앱)',
  recovery_code: ' (2단계 인증: 복구 코드)',
  passkey: ' (2단계 인증: 패스키)',
}
const sentBy: Record<Channel, string> = { sms: '문자 메시지', email: '이메일' }
/** What those who run the service did with the account. */
const acts: Record<AccountAct, string> = {
  find: '계정을 찾아보았습니다',
  see: '계정을 확인했습니다',
  end_sessions: '모든 세션을 종료했습니다',
  block: '계정을 차단했습니다',
  unblock: '계정 차단을 해제했습니다',
  unlock: '여러 번 틀려 잠긴 로그인을 풀었습니다',
  erase_second_factor: '2단계 인증 해제를 요청받았거나 해제했습니다',
  export: '할 일을 뺀 계정 데이터를 내보냈습니다',
  erase: '계정을 삭제했습니다',
}

const contactNames: Record<Channel, string> = { sms: '휴대전화 번호', email: '이메일 주소' }

export const accountTexts: typeof English = {
  account: {
    title: '계정',
    who: '내 정보',
    since: (date) => `${date}에 가입`,
    notSet: '없음',
    isSet: '설정됨',
    profile: '프로필',
    name: '이름',
    nickname: '별명',
    waysToSignIn: '로그인 수단',
    security: '보안',
    data: '내 데이터',
    export: '내 데이터 내려받기',
    exportAs: (format) => `할 일 내려받기: ${format}`,
  },
  timeZone: {
    title: '시간대',
    intro: '오늘 할 일과 할 일의 시각을 내 시계에 맞춰 보여 드립니다.',
    none: '없음: UTC',
    others: '기타',
    suggested: (zone) => `현재 위치가 ${zone} 시간대로 보여 미리 선택했습니다. 맞으면 저장하세요.`,
    offer: '날짜와 시각을 UTC로 보여 드리고 있습니다.',
    use: '{zone} 시간대 사용',
  },
  calendar: {
    title: '캘린더에 할 일 표시',
    row: '캘린더에 할 일 표시하기',
    intro:
      '비밀 링크를 등록하면 할 일의 기한이 캘린더에 표시됩니다. 링크가 있으면 로그인하지 않아도 할 일을 볼 수 있으니 다른 사람에게 알려 주지 마세요. 링크로는 아무것도 바꿀 수 없습니다.',
    madeAt: '링크가 있습니다. 만든 때:',
    replaces: '다시 보여 드리지는 않습니다. 새 링크를 만들면 이 링크는 끝납니다.',
    make: '링크 만들기',
    replace: '새 링크 만들기',
    end: '링크 끝내기',
    made: '링크를 만들었습니다. 한 번만 보여 드리니 지금 복사하세요.',
    link: '비밀 링크',
    linkHint:
      'Google Calendar에서는 ‘다른 캘린더’의 ‘URL로 추가’, Apple 캘린더에서는 ‘새로운 캘린더 구독’에 붙여 넣으세요.',
    open: '캘린더에서 열기',
    done: '복사했습니다',
  },
  contacts: {
    hint: '이곳으로 여섯 자리 인증번호를 보냅니다. 지금 등록된 연락처에는 변경 사실을 알립니다.',
    email: { title: '이메일 주소', new: '새 이메일 주소', remove: '이메일 주소 삭제' },
    asked: (date: string) =>
      `${date}부터 할 수 있습니다. 그 연락처에 알렸고, 그때까지 막을 수 있습니다. 그때 다시 와서 해 주세요. 비밀번호나 그 연락처로 받은 인증번호로 로그인하면 바로 할 수 있습니다.`,
    stop: {
      title: '삭제 요청 막기',
      text: '계정에 로그인한 누군가가 이 링크를 받은 연락처를 삭제하거나 바꾸려고 하거나, 다른 로그인 수단의 연결을 해제하려고 합니다. 또는 2단계 인증을 해제해 달라는 요청이 있었습니다. 본인이 아니라면 막으세요. 그다음 비밀번호를 변경하세요.',
      submit: '막기',
      done: '막았습니다. 로그인해서 비밀번호를 변경하고 다른 모든 세션을 종료하세요.',
    },
    wayBack: {
      title: '변경 되돌리기',
      text: '알려 드린 변경 전의 아이디, 이메일 주소, 휴대전화 번호로 되돌립니다. 그 뒤에 설정된 비밀번호는 삭제됩니다. 모든 기기에서 로그아웃됩니다.',
      submit: '되돌리기',
      password: '변경 전의 계정 비밀번호를 입력하세요.',
      email: '변경 전의 이메일 주소를 입력하세요. 그곳으로 인증번호를 보냅니다.',
      phone: '변경 전의 휴대전화 번호를 입력하세요. 그곳으로 인증번호를 보냅니다.',
      either: '다음 중 하나면 됩니다.',
      done: '계정을 변경 전으로 되돌렸습니다. 로그인해서 새 비밀번호를 설정하세요.',
    },
    phone: { title: '휴대전화 번호', new: '새 휴대전화 번호', remove: '휴대전화 번호 삭제' },
  },
  password: {
    change: '비밀번호 변경',
    first: '비밀번호 설정',
    intro: '변경하면 다른 모든 기기에서 로그아웃됩니다.',
    new: '새 비밀번호',
  },
  proof: {
    title: '본인 확인',
    byPassword: '로그인한 지 10분이 지났습니다. 계속하려면 비밀번호를 입력하세요.',
    byBoth: '계속하려면 비밀번호와 인증 앱의 코드를 입력하세요.',
    bySignIn: '로그인한 지 10분이 지났습니다. 계속하려면 다시 로그인하세요. 로그인하면 이곳으로 돌아옵니다.',
    bySignInWithBoth:
      '2단계 인증을 사용하는 계정입니다. 계속하려면 2단계 인증까지 다시 로그인하세요. 로그인하면 이곳으로 돌아옵니다.',
    currentPassword: '현재 비밀번호',
    signIn: '다시 로그인',
  },
  devices: {
    title: '기기',
    unknown: '알 수 없는 기기',
    current: '현재 기기',
    createdAt: '로그인',
    lastSeenAt: '마지막 사용',
    end: '세션 종료',
    notYou: '본인이 아닌가요?',
    notYouText:
      '이 세션을 종료하고 비밀번호를 변경하세요. 다른 모든 기기에서 로그아웃되고, 예전 비밀번호로는 로그인할 수 없게 됩니다.',
    notYouSubmit: '종료하고 비밀번호 변경',
    endOthers: '다른 세션 모두 종료',
  },
  activity: {
    title: '활동 기록',
    intro:
      '최근 90일의 기록을 최신순으로 보여 드립니다. 본인이 한 일이 아니라면 세션을 종료하고 비밀번호를 변경하세요.',
    events: {
      sign_up: () => '계정을 만들었습니다',
      log_in: ({ by = 'password', provider, factor }) =>
        `${provider === undefined ? loggedInBy[by] : `${withProvider(provider, providerName(provider))} 로그인했습니다`}${factor ? andBy[factor] : ''}`,
      log_in_failed: () => '틀린 비밀번호로 로그인을 시도했습니다',
      new_device: () => '처음 보는 기기에서 로그인했습니다',
      code_sent: ({ channel = 'email', outcome }) =>
        `${sentBy[channel]}로 인증번호를 ${outcome === 'failed' ? '보내지 못했습니다' : '보냈습니다'}`,
      password_changed: () => '비밀번호를 변경했습니다',
      contact_changed: ({ channel = 'email', change }) =>
        `${contactNames[channel]}를 ${change === 'removed' ? '삭제했습니다' : '등록했습니다'}`,
      contact_removal_asked: ({ channel = 'email' }) => `${contactNames[channel]} 삭제 또는 교체를 요청했습니다`,
      username_changed: () => '아이디를 변경했습니다',
      changes_undone: () => '알림의 링크로 변경을 되돌렸습니다',
      identity_linked: ({ provider }) => `${koreanName(provider)} 계정을 연결했습니다`,
      identity_unlinked: ({ provider }) => `${koreanName(provider)} 연결을 해제했습니다`,
      identity_removal_asked: ({ provider }) => `${koreanName(provider)} 연결 해제를 요청했습니다`,
      passkey_added: () => '패스키가 추가되었습니다',
      passkey_removed: () => '패스키가 삭제되었습니다',
      passkey_removal_asked: () => '패스키를 삭제하려는 요청이 있었습니다',
      passkey_maybe_copied: () => '복제되었을 수 있는 패스키가 쓰였습니다',
      removal_stopped: ({ channel, provider, factor }) =>
        channel
          ? `${contactNames[channel]} 삭제 또는 교체 요청을 막았습니다`
          : factor
            ? '2단계 인증 해제 요청을 막았습니다'
            : provider
              ? `${koreanName(provider)} 연결 해제 요청을 막았습니다`
              : '로그인 수단 삭제 요청을 막았습니다',
      second_factor_asked: () => '2단계 인증 코드를 요청했습니다',
      second_factor_failed: () => '2단계 인증 코드를 틀리게 입력했습니다',
      second_factor_on: () => '2단계 인증을 켜거나 인증 앱을 바꾸었습니다',
      second_factor_off: () => '2단계 인증을 껐습니다',
      recovery_codes_made: () => '복구 코드를 새로 만들었습니다',
      calendar_feed_made: () => '캘린더 링크를 만들었습니다',
      calendar_feed_ended: () => '캘린더 링크를 끝냈습니다',
      second_factor_erasure_asked: () => '2단계 인증 해제를 운영자에게 요청했습니다',
      proof_failed: () => '현재 비밀번호를 틀리게 입력했습니다',
      session_ended: () => '세션을 종료했습니다',
      refresh_repeated: () => '응답이 사라져 이 기기의 로그인을 다시 갱신했습니다',
      refresh_reused: () => '한 세션이 두 곳에서 사용되어 안전을 위해 종료했습니다',
      export: () => '모든 데이터를 내보냈습니다',
      deletion_asked: () => '계정 삭제를 시도했습니다',
      operator_act: ({ act = 'see' }) => `운영자가 ${acts[act]}`,
    },
    many: {
      log_in_failed: (count) => `로그인 실패 ${count}회`,
      second_factor_failed: (count) => `2단계 인증 코드 오류 ${count}회`,
      proof_failed: (count) => `현재 비밀번호 오류 ${count}회`,
    },
    times: (text, count) => `${text} (${count}회)`,
    first: '처음',
    last: '마지막',
    each: '모두 보기',
  },
  deletion: {
    title: '계정 삭제',
    text: '프로필, 연락처, 모든 할 일과 활동 기록이 삭제되고 모든 기기에서 로그아웃됩니다. 아무것도 되돌릴 수 없습니다.',
    confirm: '예, 계정과 모든 내용을 삭제합니다',
  },
}
