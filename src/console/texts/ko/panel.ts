import type { panelTexts as English } from '../en/panel'

export const panelTexts: typeof English = {
  panel: {
    back: '목록으로 돌아가기',
    close: '닫기',
    saving: '저장 중…',
    saved: '저장됨',
    unsaved: '저장하지 못했습니다. 다시 시도하는 중…',
    notSaved: '아직 저장되지 않음',
    tryAgain: '지금 다시 시도',
    signedOut: '로그아웃되었습니다. 입력한 내용은 여기에 남아 있습니다.',
    signIn: '다시 로그인',
    draft: '지난번에 저장하지 못한 내용입니다:',
    useDraft: '지금 저장',
    dropDraft: '버리기',
    gone: '다른 곳에서 삭제되었습니다. 입력한 내용을 복사하거나 새 할 일로 만들 수 있습니다.',
    makeNew: '새 할 일로 만들기',
    dueQuick: { today: '오늘', tomorrow: '내일', week: '다음 주', none: '기한 없음' },
    wholeDay: '하루 종일이면 비워 두세요.',
    newLabels: '새 라벨',
    facts: '기록',
    created: '만든 때',
  },
}
