import { Missing } from './stop.mjs'

/** The one line that a step prints. @param {import('./deploy.mjs').Deploy} d @param {string} step @param {string} what */
export const done = (d, step, what) => d.terminal.say(`✓ ${step.padEnd(12)} ${what}`)

/** What a step would do, in a dry run. @param {import('./deploy.mjs').Deploy} d @param {string} step @param {string} what */
export const wouldDo = (d, step, what) => d.terminal.say(`· ${step.padEnd(12)} would ${what}`)

/**
 * Whether somebody answers a question. A dry run says what it would ask, and goes on.
 * @param {import('./deploy.mjs').Deploy} d
 * @param {string} name of what is asked for
 * @param {string} whatToDo where nobody can be asked
 * @throws {Missing}
 */
export function canAskFor(d, name, whatToDo) {
  if (d.options['dry-run']) {
    wouldDo(d, 'Question', `ask for ${name}`)
    return false
  }
  if (!d.canAsk) throw new Missing(name, whatToDo)
  return true
}

/**
 * A setting that goes into wrangler.toml once the person has agreed to all.
 * @param {import('./deploy.mjs').Deploy} d
 * @param {string} name
 * @param {string} value
 */
export function setSetting(d, name, value) {
  d.environment.config.vars[name] = value
  d.newSettings.push({ name, value })
}
