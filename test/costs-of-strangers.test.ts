import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import security from '../docs/security.md?raw'
import { readConfig } from '../src/config'
import { poolSize } from '../src/delivery/budget'

/* What strangers can make the owner of a deployment pay for in a day, by the default settings. docs/security.md says it. */

const { SMS_DAILY_BUDGET, EMAIL_DAILY_BUDGET, SIGN_UPS_PER_HOUR } = readConfig({
  ...env,
  SMS_DAILY_BUDGET: '',
  EMAIL_DAILY_BUDGET: '',
  SIGN_UPS_PER_HOUR: '',
})

/** Dollars for a text message and for an e-mail, as the document assumes. */
const PRICE = { sms: 0.05, email: 0.35 / 1000 }

const inWords = (number: number): string => number.toLocaleString('en-US')
const dollars = (sms: number, email: number): string => (sms * PRICE.sms + email * PRICE.email).toFixed(2)

it('what strangers can cost in a day is what docs/security.md says', () => {
  const strangers = [poolSize('strangers', SMS_DAILY_BUDGET), poolSize('strangers', EMAIL_DAILY_BUDGET)] as const
  // Notices with a way back may use the whole budget, beside the other two parts.
  const most = (budget: number) => budget + poolSize('known_devices', budget) + poolSize('strangers', budget)
  const all = [most(SMS_DAILY_BUDGET), most(EMAIL_DAILY_BUDGET)] as const
  const rows = [
    `| without an account | ${inWords(strangers[0])} | ${inWords(strangers[1])} | ${dollars(...strangers)} USD |`,
    `| with accounts and contacts of their own, one day later | ${inWords(all[0])} | ${inWords(all[1])} | ${dollars(...all)} USD |`,
  ]
  for (const row of rows) expect(security).toContain(row)
  expect(security).toContain(`at most ${inWords(24 * SIGN_UPS_PER_HOUR)} new accounts a day`)
})
