import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config'
import { deliver } from '../../src/delivery/deliver'
import { emailSender } from '../../src/delivery/email'
import { codeMessage } from '../../src/log-in/code/texts'
import { noticeMessage } from '../../src/notices/texts'

const FROM = 'no-reply@latchkey.app'
const recipient = { channel: 'email', to: 'alice@example.com', locale: 'ko', host: 'latchkey.app' } as const
const message = codeMessage({ ...recipient, purpose: 'reset_password', code: '012345' })

/** The real binding, which records what it is given and what it answers. */
function recordingBinding() {
  const { EMAIL } = readConfig(env)
  if (!EMAIL) throw new Error('The tests have no binding EMAIL')
  const given: unknown[] = []
  const answers: EmailSendResult[] = []
  const send = async (email: EmailMessage | EmailMessageBuilder): Promise<EmailSendResult> => {
    given.push(email)
    const answer = await ('subject' in email ? EMAIL.send(email) : EMAIL.send(email))
    answers.push(answer)
    return answer
  }
  return { binding: { send }, given, answers }
}

const failingBinding = (error: unknown): SendEmail => ({ send: () => Promise.reject(error) })

describe('an e-mail', () => {
  it('is given to the binding with text and HTML and nothing else', async () => {
    const { binding, given, answers } = recordingBinding()
    await emailSender(binding, FROM)(message)
    expect(given).toEqual([
      {
        from: 'no-reply@latchkey.app',
        to: 'alice@example.com',
        subject: 'Latchkey: 비밀번호 재설정 인증번호',
        text: message.text,
        html: message.html,
      },
    ])
    expect(message.text).toContain('\n\n012345\n\n')
    expect(message.html).toContain('<strong>012345</strong>')
    expect(answers).toEqual([{ messageId: expect.stringMatching(/@latchkey\.app>?$/) }])
  })

  it('has only text when the message has no HTML', async () => {
    const { binding, given, answers } = recordingBinding()
    const notice = noticeMessage({
      purpose: 'contact_changed',
      device: null,
      country: null,
      ...recipient,
      changed: 'email',
      provider: '',
    })
    await emailSender(binding, FROM)({ ...notice, html: null })
    const { to, subject, text } = notice
    expect(given).toEqual([{ from: FROM, to, subject, text }])
    expect(answers).toHaveLength(1)
  })
})

describe('an e-mail that the binding refuses', () => {
  it.each([
    ['E_RECIPIENT_NOT_ALLOWED', 'blocked', false],
    ['E_RECIPIENT_SUPPRESSED', 'blocked', false],
    ['E_DELIVERY_FAILED', 'unreachable', false],
    ['E_RATE_LIMIT_EXCEEDED', 'rate_limited', true],
    ['E_DAILY_LIMIT_EXCEEDED', 'rate_limited', false],
    ['E_INTERNAL_SERVER_ERROR', 'unavailable', true],
    ['E_SENDER_NOT_VERIFIED', 'rejected', false],
    ['E_SENDER_DOMAIN_NOT_AVAILABLE', 'rejected', false],
    ['E_VALIDATION_ERROR', 'rejected', false],
    ['E_FIELD_MISSING', 'rejected', false],
    ['E_CONTENT_TOO_LARGE', 'rejected', false],
    ['E_SOMETHING_NEW', 'rejected', false],
  ])('fails for %s as %s', async (providerCode, code, retryable) => {
    const cause = Object.assign(new Error(`${providerCode} for alice@example.com`), { code: providerCode })
    await expect(emailSender(failingBinding(cause), FROM)(message)).rejects.toMatchObject({
      name: 'DeliveryError',
      message: `The message was not delivered: ${code}`,
      code,
      retryable,
      providerCode,
    })
  })

  it('fails as unavailable when there is no error code', async () => {
    const causes = [
      new Error('Network connection lost.'),
      { code: 7 },
      { code: 'alice@example.com' },
      'no',
      null,
      undefined,
    ]
    for (const cause of causes) {
      await expect(emailSender(failingBinding(cause), FROM)(message)).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
        providerCode: undefined,
      })
    }
  })

  it('is sent once when a later try succeeds', async () => {
    const { binding, answers } = recordingBinding()
    let tries = 0
    const send = emailSender(
      {
        send: async (email: EmailMessage | EmailMessageBuilder) => {
          tries++
          if (tries < 3) throw Object.assign(new Error('Try again'), { code: 'E_RATE_LIMIT_EXCEEDED' })
          return binding.send(email)
        },
      },
      FROM,
    )
    expect(await deliver(send, message, { wait: async () => {} })).toBe('sent')
    expect({ tries, sent: answers.length }).toEqual({ tries: 3, sent: 1 })
  })
})
