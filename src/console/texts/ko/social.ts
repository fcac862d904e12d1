import type { ErrorCode } from '../../../errors'
import type { ProviderId } from '../../../users/provider-ids'
import type { socialTexts as English } from '../en/social'

const names: Partial<Record<ProviderId, string>> = { kakao: '카카오', naver: '네이버', test: '테스트 제공자' }

export const providerNameInKorean = (id: ProviderId, name: string): string => names[id] ?? name

/** The name with the particle for "with". It depends on how the name is pronounced, and nobody knows that of `oidc`. */
export function withProvider(id: ProviderId, name: string): string {
  if (id === 'oidc') return `${name}(으)로`
  return `${providerNameInKorean(id, name)}${id === 'line' ? '으로' : '로'}`
}

const problems: Partial<Record<ErrorCode, (provider: string) => string>> = {
  log_in_cancelled: (provider) => `${provider} 로그인을 취소했습니다. 바뀐 것은 없습니다.`,
  invalid_state: () => '다른 브라우저에서 시작했거나 10분이 지났거나 이미 사용한 로그인입니다. 다시 시작하세요.',
  provider_unavailable: (provider) =>
    `지금 ${provider} 서비스가 응답하지 않습니다. 잠시 뒤에 다시 시도하거나 다른 방법으로 로그인하세요.`,
  provider_failed: (provider) =>
    `${provider} 서비스가 거부했거나 올바르지 않은 답을 보냈습니다. 다시 시도하거나 다른 방법으로 로그인하세요.`,
  misconfigured: (provider) =>
    `${provider} 로그인 설정이 끝나지 않았습니다. 다른 방법으로 로그인하고 사이트 운영자에게 알려 주세요.`,
  identifier_reserved: (provider) =>
    `${provider} 계정의 이메일 주소는 며칠 전까지 다른 계정에서 쓰던 것입니다. 본인의 계정이었다면 받은 메시지의 링크를 이용하고, 아니라면 지금은 다른 방법으로 로그인하세요.`,
  identity_taken: (provider) => `그 ${provider} 계정은 이곳의 다른 계정에 연결되어 있습니다.`,
  invalid_link_token: (provider) => `10분이 지났습니다. ${provider} 로그인을 다시 시작하세요.`,
  identity_needs_proof: (provider) => `10분이 지났습니다. ${provider} 로그인을 다시 시작하세요.`,
  rate_limited: () => '지금 가입하는 사람이 너무 많습니다. 한 시간 뒤에 다시 시도하거나 다른 방법으로 로그인하세요.',
}

export const socialTexts: typeof English = {
  social: {
    name: providerNameInKorean,
    continueWith: (id, name) => {
      // Kakao and Google ask for these words.
      if (id === 'kakao') return '카카오 로그인'
      if (id === 'google') return 'Google 계정으로 계속하기'
      return `${withProvider(id, name)} 계속하기`
    },
    or: '또는',
    onlyHere: '이 컴퓨터에서만 보이는 체험용입니다.',
    cancelled: '로그인 취소',
    failed: (provider) => `${provider} 로그인을 하지 못했습니다`,
    failedSomewhere: '로그인하지 못했습니다',
    problem: (errorCode, provider) => problems[errorCode]?.(provider),
    tryAgain: '다시 시도',
    otherWays: '다른 방법으로 로그인',
    proof: {
      title: '이미 계정이 있습니다',
      text: (provider) =>
        `이 주소를 쓰는 계정이 있습니다. 본인의 계정인지 확인하기 위해 여섯 자리 인증번호를 보냅니다. 확인되면 로그인되고 ${provider} 계정이 연결됩니다.`,
      email: '이메일 주소',
    },
    connect: (id, name) => `${providerNameInKorean(id, name)} 연결`,
    connecting: {
      title: '잠시만요',
      text: (provider) => `${provider} 로그인 화면으로 이동합니다.`,
      go: '계속',
    },
    connected: '연결된 로그인 수단',
    connectMore: '다른 로그인 수단 연결',
    since: '연결한 때',
    remove: '연결 해제',
    asked: (provider, date) =>
      `${provider} 연결은 ${date}부터 해제할 수 있습니다. 다른 연락처가 있으면 그곳에 알렸고, 그때까지 막을 수 있습니다. 그때 다시 해제하세요. 비밀번호나 ${provider} 계정으로 로그인하면 바로 해제할 수 있습니다.`,
    removalAsked: (provider, date) =>
      `연결을 해제하려는 요청이 있어 ${date}부터 해제할 수 있습니다. 막으려면 ${provider} 계정으로 로그인하세요.`,
  },
}
