import type { pageTexts as English } from '../en/page'

export const pageTexts: typeof English = {
  description: '엣지에서 동작하는 로그인과 할 일.',
  skip: '본문으로 건너뛰기',
  language: '언어',
  docs: 'API 문서',
  save: '저장',
  cancel: '취소',
  firstPage: '첫 페이지',
  nextPage: '다음 페이지',
  nav: { label: '콘솔', todos: '할 일', account: '계정', signOut: '로그아웃' },
  errorTitle: '요청을 처리하지 못했습니다',
  back: '처음으로',

  notices: {
    welcome: '계정이 만들어지고 로그인되었습니다.',
    signed_out: '로그아웃되었습니다.',
    added: '추가했습니다.',
    saved: '저장했습니다.',
    deleted: '삭제했습니다.',
    restored: '되돌렸습니다.',
    changed: '다른 곳에서 먼저 변경되었습니다. 현재 내용을 보여 드립니다.',
    contact_saved: '저장했습니다. 이제 이 연락처로 로그인할 수 있습니다.',
    contact_removed: '연락처를 삭제했습니다.',
    password_changed: '비밀번호를 변경했고, 다른 모든 기기에서 로그아웃했습니다.',
    session_ended: '세션을 종료했습니다.',
    sessions_ended: '다른 세션을 모두 종료했습니다.',
    identity_connected: (provider) => `${provider} 계정을 연결했습니다. 이제 이 계정으로 로그인할 수 있습니다.`,
    identity_not_connected: (provider) =>
      `로그인되었습니다. ${provider} 계정은 연결하지 못했습니다. 계정 화면에서 다시 연결할 수 있습니다.`,
    identity_removed: (provider) => `${provider} 연결을 해제했습니다. 이제 이 계정으로는 로그인할 수 없습니다.`,
    passkey_added: (name) => `‘${name}’ 패스키를 추가했습니다. 이제 이 패스키로 로그인할 수 있습니다.`,
    passkey_removed: (name) => `‘${name}’ 패스키를 삭제했습니다. 이제 이 패스키로는 로그인할 수 없습니다.`,
    account_deleted: '계정과 모든 내용을 삭제했습니다.',
  },
}
