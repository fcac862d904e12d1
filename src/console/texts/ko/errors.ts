import type { ErrorCode } from '../../../errors'
import type { errorTexts as English } from '../en/errors'

const titles: Record<ErrorCode, string> = {
  malformed_json: '요청의 형식이 올바르지 않습니다',
  ambiguous_credentials: '인증 정보가 둘 이상 전송되었습니다',
  unauthenticated: '로그인이 필요합니다',
  invalid_credentials: '아이디 또는 비밀번호가 올바르지 않습니다',
  invalid_refresh_token: '로그인이 만료되었습니다',
  cross_site_request: '다른 사이트에서 온 요청입니다',
  fresh_proof_required: '본인 확인이 필요합니다. 비밀번호를 입력하거나 다시 로그인하세요',
  wrong_password: '현재 비밀번호가 올바르지 않습니다',
  quota_exceeded: '할 일을 더 저장할 공간이 없습니다. 삭제한 할 일도 30일 동안은 공간을 차지합니다',
  not_found: '찾을 수 없습니다',
  method_not_allowed: '여기에서는 할 수 없는 요청입니다',
  invalid_code: '인증번호가 틀렸거나, 만료되었거나, 이미 사용되었습니다',
  invalid_verification_token: '인증이 더 이상 유효하지 않습니다. 인증번호를 다시 받으세요',
  invalid_link: '링크가 유효하지 않거나 만료되었거나 이미 사용되었습니다',
  email_taken: '다른 계정에서 사용 중인 이메일 주소입니다',
  phone_taken: '다른 계정에서 사용 중인 전화번호입니다',
  identifier_reserved: '며칠 전까지 다른 계정에서 쓰던 것입니다. 본인의 계정이었다면 받은 메시지의 링크를 이용하세요',
  last_way_to_log_in: '마지막 로그인 수단입니다. 먼저 다른 수단을 추가하세요',
  username_taken: '이미 사용 중인 아이디입니다',
  sync_token_expired: '동기화 정보가 만료되었습니다',
  precondition_failed: '다른 곳에서 먼저 변경되었습니다',
  content_too_large: '내용이 너무 큽니다',
  unsupported_media_type: '요청의 형식이 올바르지 않습니다',
  invalid_fields: '입력한 내용을 확인하세요',
  too_many_attempts: '틀린 시도가 너무 많습니다. 잠시 기다려 주세요',
  too_many_codes: '인증번호를 너무 자주 요청했습니다. 잠시 기다려 주세요',
  rate_limited: '요청이 너무 많습니다. 잠시 기다려 주세요',
  internal_error: '서버에 문제가 생겼습니다',
  misconfigured: '서버 설정이 끝나지 않았습니다',
  channel_not_configured: '이 방법으로는 메시지를 보낼 수 없습니다',
  sms_budget_spent: '지금은 문자 메시지를 더 보낼 수 없습니다. 이메일을 쓰거나 나중에 다시 시도하세요',
  email_budget_spent: '지금은 이메일을 더 보낼 수 없습니다. 나중에 다시 시도하세요',
  invalid_state: '다른 브라우저에서 시작했거나, 만료되었거나 이미 사용한 로그인입니다. 다시 시작하세요',
  log_in_cancelled: '로그인을 취소했습니다',
  invalid_exchange_code: '교환 코드가 올바르지 않거나, 만료되었거나 이미 사용되었습니다',
  invalid_identity_token: '신원 토큰이 올바르지 않거나, 만료되었거나 이미 사용되었습니다',
  identity_needs_proof: '이 이메일 주소를 쓰는 계정이 있습니다. 먼저 인증번호로 확인하세요',
  identity_taken: '다른 계정에 연결된 로그인입니다',
  too_many_identities: '더 이상 연결할 수 없습니다',
  provider_failed: '로그인 서비스가 거부했거나 올바르지 않은 답을 보냈습니다',
  provider_unavailable: '로그인 서비스가 응답하지 않습니다. 다시 시도하세요',
  unavailable: '서비스가 잠시 응답하지 않습니다. 다시 시도하세요',
}

/** Messages by the code of a field error. */
const messages: Record<string, string> = {
  required: '필수 항목입니다',
  too_short: '너무 짧습니다',
  too_long: '너무 깁니다',
  too_common: '너무 흔한 비밀번호입니다',
  own_name: '본인의 이름이나 연락처는 비밀번호로 쓸 수 없습니다',
  duplicate: '같은 것이 두 번 있습니다',
  too_many_marks: '한 글자에 붙은 기호가 너무 많습니다',
  invalid_characters: '쓸 수 없는 문자가 있습니다',
  invalid_email: '올바른 이메일 주소가 아닙니다',
  invalid_phone: '올바른 휴대전화 번호가 아닙니다',
  country_not_served: '이 국가로는 문자 메시지를 보내지 않습니다',
}

export const errorTexts: typeof English = {
  retryAfter: (seconds) =>
    seconds < 120 ? `${seconds}초 뒤에 다시 시도하세요.` : `${Math.ceil(seconds / 60)}분 뒤에 다시 시도하세요.`,
  error: (errorCode) => `${titles[errorCode]}.`,
  fieldError: ({ code }) => `${messages[code] ?? '올바르지 않은 값입니다'}.`,
}
