import { canAskFor, done, setSetting } from '../say.mjs'
import { choose } from '../terminal.mjs'
import { isFirst } from './look-around.mjs'

/** Asks for the Workers plan, the first time. @param {import('../deploy.mjs').Deploy} d */
export async function askPlan(d) {
  const { vars } = d.environment.config
  if (!vars.PLAN && isFirst(d) && !d.variables.WORKERS_CI) {
    if (!canAskFor(d, 'PLAN', 'Set it to free or paid in wrangler.toml.')) return
    d.terminal.say('  Which Workers plan does this account have?')
    const plan = await choose(d.terminal, 'free or paid?', {
      free: 'no password log-in (a hash takes more CPU than the plan allows), and at most 1,000 writes to KV a day',
      paid: 'everything',
    })
    setSetting(d, 'PLAN', plan)
  }
  // A password hash takes 60 to 100 ms of CPU, and the Free plan ends a request after 10.
  if (vars.PLAN === 'free' && vars.PASSWORDS === '') setSetting(d, 'PASSWORDS', 'off')
  done(d, 'Plan', vars.PLAN || 'paid')
}
