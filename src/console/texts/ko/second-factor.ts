import type { secondFactorTexts as English } from '../en/second-factor'

export const secondFactorTexts: typeof English = {
  twoStep: {
    title: '2단계 인증',
    app: '인증 앱',
    codes: '복구 코드',
    off: '꺼짐',
    onSince: '켠 시각',
    left: (count) => `${count}개 남음`,
    fewLeft: (count) => `${count}개만 남았습니다. 새로 만드세요`,
    noneLeft: '남은 코드가 없습니다. 새로 만드세요',
    why: '켜면 로그인할 때마다 비밀번호나 인증번호를 입력한 뒤, 휴대전화의 앱에 표시되는 여섯 자리 숫자를 입력합니다. 비밀번호만 아는 사람은 로그인할 수 없습니다.',
    required: '이 서비스에서는 모두 2단계 인증을 사용해야 합니다. 계속하려면 켜세요.',
    dueAt: (date) =>
      `이 서비스에서는 모두 2단계 인증을 사용해야 합니다. ${date}까지 켜세요. 그 뒤에는 먼저 켜야 다른 일을 할 수 있습니다.`,
    byPasskey:
      '패스키가 2단계 인증을 대신합니다. 기기를 잃어버려도 로그인할 수 있도록 인증 앱을 켜거나 패스키를 하나 더 추가하세요.',
    orPasskey: '또는 패스키를 추가하세요. 패스키로 로그인하면 두 단계를 한 번에 마칩니다.',
    turnOn: '켜기',
    isOn: '패스키로 로그인할 때를 제외하고, 로그인할 때마다 인증 앱의 코드를 입력합니다.',
    setUpAt: '앱을 바꾼 시각',
    replace: '다른 앱으로 바꾸기',
    newCodes: '복구 코드 새로 만들기',
    turnOff: '2단계 인증 끄기',
    erasure: (date) =>
      `2단계 인증을 해제해 달라는 요청이 운영자에게 있었고, ${date}부터 해제할 수 있습니다. 본인이 아니라면 인증 앱의 코드로 다시 로그인하세요. 그러면 요청이 취소됩니다.`,
    setUp: {
      title: '인증 앱 설정',
      what: '인증 앱은 30초마다 새로운 여섯 자리 코드를 보여 주는 앱입니다. Google Authenticator, 2FAS, 그리고 대부분의 비밀번호 관리 앱이 이에 해당합니다.',
      scan: '앱으로 스캔하세요.',
      qr: '인증 앱을 위한 QR 코드입니다. 아래의 키와 내용이 같습니다.',
      open: '이 기기의 앱에서 열기',
      key: '또는 이 키를 앱에 입력하세요',
      code: '앱에 표시된 여섯 자리 숫자',
      codeHint: '입력하기 전에는 아무것도 바뀌지 않습니다.',
      again: '새 QR 코드 보기',
      until: '지금 QR 코드 만료:',
    },
    kept: {
      title: '복구 코드 보관',
      on: '2단계 인증을 켰습니다.',
      text: '휴대전화를 잃어버리면 인증 앱 대신 이 코드 하나로 로그인할 수 있습니다. 한 코드는 한 번만 쓸 수 있습니다. 지금만 보여 드리니 인쇄하거나 적어 두거나 비밀번호 관리 앱에 저장하세요.',
      replaced: '전에 받은 코드는 더 이상 쓸 수 없습니다.',
      download: '파일로 내려받기',
      done: '보관했습니다',
      file: (site, codes) => `${site} 복구 코드\n한 코드는 한 번만 쓸 수 있습니다.\n\n${codes}\n`,
      of: (site) => `${site} 복구 코드`,
    },
  },
}
