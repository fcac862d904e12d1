import { canAskFor, done, setSetting } from '../say.mjs'
import { Stop } from '../stop.mjs'
import { choose } from '../terminal.mjs'
import { isFirst } from './look-around.mjs'

/** Asks how messages are sent, the first time. Without that nobody gets a code. @param {import('../deploy.mjs').Deploy} d */
export async function askMessages(d) {
  const { vars } = d.environment.config
  refuseLocalSettings(vars)
  if (channelsOf(vars).length === 0 && !wasSkipped(d)) await askChannel(d)
  const channels = channelsOf(vars)
  if (vars.TWILIO_ACCOUNT_SID && !vars.TWILIO_FROM && !vars.TWILIO_MESSAGING_SERVICE_SID) {
    throw new Stop('TWILIO_ACCOUNT_SID is set, and no sender.', 'Set TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM too.')
  }
  done(d, 'Messages', channels.length > 0 ? channels.join(' and ') : 'none: nobody gets a code or a notice')
}

const channelsOf = (vars) => [...(vars.EMAIL_FROM ? ['e-mail'] : []), ...(vars.TWILIO_ACCOUNT_SID ? ['SMS'] : [])]

/** Somebody has decided it before, if the version that runs sends nothing either. */
function wasSkipped(d) {
  if (d.options['without-messages'] || d.variables.WORKERS_CI) return true
  return !isFirst(d) && channelsOf(d.found.running.settings).length === 0
}

/** The outbox shows every message to anybody who has the token, and the test provider lets anybody in. */
function refuseLocalSettings(vars) {
  for (const name of ['DELIVERY', 'TEST_PROVIDER_ISSUER']) {
    if (!vars[name]) continue
    throw new Stop(
      `${name} is "${vars[name]}", which is only for your own computer.`,
      'Make it empty in wrangler.toml.',
    )
  }
}

async function askChannel(d) {
  const { terminal } = d
  const whatToDo = 'Set EMAIL_FROM or TWILIO_ACCOUNT_SID in wrangler.toml, or say --without-messages.'
  if (!canAskFor(d, 'A way to send messages', whatToDo)) return
  terminal.say('  How does it send codes and notices?')
  const channel = await choose(terminal, 'Channel?', {
    email: 'by e-mail, from a domain that sends e-mail through Cloudflare',
    sms: 'by SMS, with an account at Twilio',
    both: 'both',
    none: 'not yet: nobody gets a code or a notice, and nobody can come back who forgets a password',
  })
  if (['email', 'both'].includes(channel)) {
    setSetting(d, 'EMAIL_FROM', await askFor(d, 'The sender, such as no-reply@example.com:', /^[^\s@]+@[^\s@]+$/))
  }
  if (['sms', 'both'].includes(channel)) {
    setSetting(d, 'TWILIO_ACCOUNT_SID', await askFor(d, 'TWILIO_ACCOUNT_SID (AC…):', /^AC[0-9a-f]{32}$/))
    const sender = await askFor(
      d,
      'The messaging service (MG…) or the number (+…) that it sends from:',
      /^(MG[0-9a-f]{32}|\+\d{7,15})$/,
    )
    setSetting(d, sender.startsWith('+') ? 'TWILIO_FROM' : 'TWILIO_MESSAGING_SERVICE_SID', sender)
  }
}

async function askFor({ terminal }, question, pattern) {
  for (;;) {
    const answer = await terminal.ask(question)
    if (pattern.test(answer)) return answer
  }
}
