import type { offlineTexts as en } from '../en/offline'

export const offlineTexts: typeof en = {
  offline: {
    row: '이 기기의 할 일',
    title: '이 기기에 할 일 보관하기',
    why: '네트워크가 없어도 목록이 열리고, 추가하고 완료하고 삭제할 수 있습니다. 한 일은 네트워크가 돌아오면 전송됩니다.',
    who: '이 브라우저 프로필을 쓸 수 있는 사람은 누구나 비밀번호 없이 읽을 수 있습니다. 본인 기기에서만 켜세요.',
    until: '로그아웃하면 사본이 삭제됩니다. 세션이 다른 방법으로 끝나면 다시 로그인할 때까지 사본이 잠깁니다.',
    needsScript: '이 기능에는 JavaScript가 필요한데, 이 브라우저에서 꺼져 있습니다.',
    turnOn: '여기에 보관',
    turnOff: '이 기기에서 지우기',
    show: '보관된 할 일 보기',
    shellTitle: '이 기기의 할 일',
    nothing: '이 기기에 보관된 것이 없습니다. 네트워크가 있을 때 계정에서 켤 수 있습니다.',
    signIn: '로그인',
    new: '새 할 일',
    add: '추가',
  },
}
