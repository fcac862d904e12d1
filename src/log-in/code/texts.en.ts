import type { CodeTexts } from './wording'

export const en: CodeTexts = {
  contact: { sms: 'phone number', email: 'e-mail address' },
  purpose: (purpose, channel) =>
    ({ log_in: 'log in', verify: `confirm your ${en.contact[channel]}`, reset_password: 'reset your password' })[
      purpose
    ],
  codeSms: (purpose, code, webOtp) =>
    `Latchkey: ${code} is your code to ${purpose}. It expires in 5 minutes. Do not share it with anyone.\n\n${webOtp}`,
  codeSubject: (purpose) => `Latchkey: your code to ${purpose}`,
  codeEmail: (purpose, code, host) => [
    `Your code to ${purpose}:`,
    code,
    `It expires in 5 minutes. Enter it only at ${host}, and do not share it with anyone: nobody at Latchkey asks for it.`,
    'If you did not ask for this code, ignore this message.',
  ],
}
