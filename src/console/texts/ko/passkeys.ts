import type { passkeyTexts as English } from '../en/passkeys'

export const passkeyTexts: typeof English = {
  passkeys: {
    title: '패스키',
    signIn: '패스키로 로그인',
    add: '패스키 추가',
    addIntro: '패스키가 있으면 지문, 얼굴 또는 기기의 PIN으로 로그인합니다.',
    full: '패스키가 열 개 있습니다. 더 추가하려면 먼저 하나를 삭제하세요.',
    one: '패스키',
    name: '이름',
    nameHint: '본인에게만 보입니다.',
    remove: '이 패스키 삭제',
    removeHint: '삭제하면 이 패스키로 로그인할 수 없습니다. 기기에는 남아 있을 수 있습니다.',
    isSynced: '동기화됨',
    isOnOneDevice: '한 기기에만 있음',
    keptBy: (name) => `${name}에 저장됨`,
    createdAt: '추가한 때',
    lastUsedAt: '마지막 사용',
    neverUsed: '사용한 적 없음',
    asked: (name, date) =>
      `‘${name}’ 패스키는 ${date}부터 삭제할 수 있습니다. 다른 연락처가 있으면 그곳에 알렸고, 그때까지 막을 수 있습니다. 그때 다시 삭제하세요. 비밀번호나 패스키로 로그인하면 바로 삭제할 수 있습니다.`,
    removalAsked: (date) => `삭제하려는 요청이 있어 ${date}부터 삭제할 수 있습니다. 막으려면 이 패스키로 로그인하세요.`,
    offer: {
      title: '다음에는 비밀번호 없이 로그인하세요',
      text: '이 기기에 패스키를 만들면 지문, 얼굴 또는 기기의 PIN으로 로그인합니다.',
      notNow: '나중에',
    },
    outcomes: {
      cancelled: '취소되었거나 시간이 지났거나 본인 확인이 되지 않았습니다. 바뀐 것은 없습니다.',
      existing: '이 기기에 이 계정의 패스키가 이미 있습니다.',
      unsuitable: '이 기기에는 패스키를 저장할 수 없습니다. PIN이나 지문 같은 화면 잠금이 필요합니다.',
      failed: '요청을 처리하지 못했습니다. 연결을 확인하고 다시 시도하세요.',
    },
  },
}
