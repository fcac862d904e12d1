import { UCS2_SEGMENT } from '../../delivery/message'
import type { CodeTexts } from './wording'

export const ko: CodeTexts = {
  contact: { sms: '전화번호', email: '이메일 주소' },
  purpose: (purpose, channel) =>
    ({ log_in: '로그인', verify: `${ko.contact[channel]} 확인`, reset_password: '비밀번호 재설정' })[purpose],
  codeSms: (purpose, code, webOtp) => {
    const full = `[Latchkey] ${purpose} 인증번호 ${code}\n5분간 유효, 공유 금지\n\n${webOtp}`
    // Beside a long host there is no room to give the code twice.
    return full.length <= UCS2_SEGMENT ? full : `Latchkey ${purpose}\n5분, 공유 금지\n\n${webOtp}`
  },
  codeSubject: (purpose) => `Latchkey: ${purpose} 인증번호`,
  codeEmail: (purpose, code, host) => [
    `${purpose} 인증번호입니다.`,
    code,
    `5분간 유효합니다. ${host} 에서만 입력하고 다른 사람에게 알려 주지 마세요. Latchkey는 인증번호를 묻지 않습니다.`,
    '인증번호를 요청하지 않았다면 이 메일을 무시하세요.',
  ],
}
