import type { signInTexts as English } from '../en/sign-in'

export const signInTexts: typeof English = {
  signIn: {
    title: '로그인',
    intro: '여섯 자리 인증번호를 보내 드립니다. 처음이라면 계정이 만들어집니다.',
    recipient: '이메일 주소 또는 휴대전화 번호',
    submit: '인증번호 받기',
    usePassword: '비밀번호로 로그인',
    useCode: '인증번호로 로그인',
    signUp: '아이디로 가입',
    identifier: '아이디, 이메일 주소 또는 휴대전화 번호',
    password: '비밀번호',
    forgottenHint: '비밀번호를 잊었다면 인증번호로 로그인한 뒤 새로 정할 수 있습니다.',
  },
  code: {
    title: '인증번호 입력',
    sent: (to) => `${to}(으)로 연락할 수 있다면 인증번호가 곧 도착합니다. 5분 동안 유효합니다.`,
    label: '여섯 자리 인증번호',
    submit: '계속',
    resend: '인증번호 다시 받기',
    resendHint: '1분에 한 번까지, 마지막 번호만 유효합니다.',
    change: '다른 주소나 번호 사용',
    outbox: '이 컴퓨터에서는 전송하지 않습니다. 인증번호:',
    outboxEmpty: '메시지가 아직 없습니다. 이 페이지를 새로 고치세요.',
    outboxHidden:
      '인증번호는 “npm run dev”를 실행한 터미널에 표시됩니다. 여기에서도 보려면 시작할 때 출력된 링크를 여세요.',
  },
  secondFactor: {
    title: '2단계 인증',
    label: '인증 앱의 코드',
    hint: '여섯 자리 숫자입니다. 30초마다 바뀝니다.',
    either: '여섯 자리 숫자입니다. 인증 앱을 쓸 수 없다면 복구 코드를 입력하세요.',
    lost: '인증 앱을 쓸 수 없습니다',
    recoveryCode: '복구 코드',
    recoveryHint: '인증 앱을 설정할 때 보관한 열 개의 코드 중 하나입니다. 한 코드는 한 번만 쓸 수 있습니다.',
    onlyPasskey: '이 계정의 패스키로 계속하세요. 브라우저나 기기에 저장되어 있습니다.',
    again: '처음부터 다시 로그인',
  },
  signUp: {
    title: '가입',
    intro: '아이디와 비밀번호로 가입합니다. 이메일 주소나 번호는 나중에 추가할 수 있습니다.',
    username: '아이디',
    usernameHint: 'a–z, 0–9, ".", "_", "-" 중 3~32자, 글자를 하나 이상 포함해야 합니다.',
    password: '비밀번호',
    passwordHint: (minLength) => `${minLength}자 이상, 어떤 문자든 괜찮습니다.`,
    submit: '계정 만들기',
    signInInstead: '이미 계정이 있습니다',
  },
  cookies: {
    title: '브라우저에 쿠키가 저장되지 않았습니다',
    why: '쿠키가 없으면 로그인 상태를 유지할 수 없어서, 아무것도 처리하지 않았습니다.',
    ifBegunHere: '이 브라우저에서 시작했다면, 쿠키가 저장되지 않은 것입니다.',
    byHttp:
      '이 페이지는 http로 열렸습니다. Safari와 일부 프로그램은 내 컴퓨터에서도 https일 때만 로그인 쿠키를 저장합니다. 서버를 멈추고 아래 명령으로 다시 시작한 뒤, 출력된 링크를 여세요.',
    certificate:
      '서버가 직접 만든 인증서라서 브라우저가 경고를 표시합니다. 내 컴퓨터에서는 그대로 진행해도 괜찮습니다.',
    otherwise: '브라우저 설정에서 이 사이트의 쿠키를 허용한 뒤 다시 시도하세요.',
    programs: '프로그램에는 쿠키가 필요 없습니다. API에 로그인할 때 다음을 보내세요:',
    again: '다시 시도',
  },
  resume: { title: '잠시만요', text: '다시 로그인하고 있습니다.', go: '계속' },
}
