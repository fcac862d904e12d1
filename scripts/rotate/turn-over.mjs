import { done } from '../deploy/say.mjs'
import { Stop } from '../deploy/stop.mjs'
import { askWorker } from '../doctor/ask-worker.mjs'
import { mayAuthSecretGo } from '../doctor/checks.mjs'
import { namesNow, setSecrets, spread, waitForNames } from './deployment.mjs'
import { currentOf } from './own-copy.mjs'
import { newSecret } from './secrets.mjs'

/**
 * Turns a secret over. First every isolate learns to accept the new one, and only then does it sign. So at no moment does an isolate
 * refuse what another one has signed.
 *
 * | step | current | previous |
 * |---|---|---|
 * | before | old | – |
 * | accepting | old | new |
 * | turned over | new | old |
 *
 * @param {import('./rotate.mjs').Rotation} d
 */
export async function turnOver(d) {
  const { kind, copy } = d
  const live = await namesNow(d)
  const next = copy.secrets[kind.next]
  // It broke off after the last step: only the copy is behind.
  if (next !== undefined && kind.nameOf(next) === live.current) return finishCopy(d, next)
  const old = await currentOf(d)
  if (kind.nameOf(old) !== live.current) {
    throw new Stop(
      `This is not the ${kind.current} of ${d.environment.worker}. Nothing was changed.`,
      'Look for the right copy of it.',
    )
  }
  if (live.previous !== null && (next === undefined || kind.nameOf(next) !== live.previous)) {
    throw new Stop(
      `${kind.previous} is set: the rotation before is not finished. Nothing was changed.`,
      `Run it with --finish. If this one broke off, write ${kind.current} and ${kind.next} (the new one) into a file, and name it: --file FILE`,
    )
  }
  const fresh = next ?? newSecret()
  if (next === undefined) await keepNew(d, fresh, old)
  const [oldName, newName] = [kind.nameOf(old), kind.nameOf(fresh)]
  if (live.previous === null) await setSecrets(d, { [kind.previous]: fresh })
  await waitForNames(d, { current: oldName, previous: newName })
  done(d, 'Accepting', `${kind.previous} is the new secret, which verifies`)
  await spread(d)
  await setSecrets(d, { [kind.current]: fresh, [kind.previous]: old })
  await waitForNames(d, { current: newName, previous: oldName })
  done(d, 'Turned over', `${kind.current} is the new secret, and ${kind.previous} the old one`)
  finishCopy(d, fresh)
}

async function keepNew({ kind, copy }, fresh, old) {
  if (Object.keys(copy.secrets).length === 0) copy.secrets = { [kind.current]: old }
  await copy.keepNew(kind.next, fresh)
}

function finishCopy({ kind, copy, options, terminal }, fresh) {
  const { [kind.next]: _, [kind.current]: old = '', ...others } = copy.secrets
  copy.replace({ ...others, [kind.current]: fresh, [kind.previous]: old })
  const when =
    kind.current === 'AUTH_SECRET'
      ? 'in 30 days, or when `npm run doctor` says so'
      : 'when `npm run doctor` counts no hash that needs it: each is replaced when its owner logs in'
  terminal.say(`\nThe old secret may go ${when}. Then run: npm run rotate -- ${options.what} --finish`)
}

/** Removes the old secret, once nothing needs it. @param {import('./rotate.mjs').Rotation} d */
export async function finish(d) {
  const { kind, copy, options } = d
  const report = await askWorker(d)
  const { current, previous } = kind.namesIn(report)
  if (previous === null) throw new Stop(`${kind.previous} is not set: there is nothing to finish.`)
  if (copy.secrets[kind.next] !== undefined) {
    throw new Stop(
      'This rotation has not got that far.',
      `Run it without --finish first: npm run rotate -- ${options.what}`,
    )
  }
  requireUnneeded(d, report)
  await setSecrets(d, { [kind.previous]: null })
  await waitForNames(d, { current, previous: null })
  const { [kind.previous]: _, ...others } = copy.secrets
  if (Object.keys(others).length > 0) copy.replace(others)
  done(d, 'Finished', `${kind.previous} is gone`)
}

function requireUnneeded({ kind }, report) {
  if (kind.current === 'AUTH_SECRET') {
    const { mayGo, why } = mayAuthSecretGo(report)
    if (!mayGo)
      throw new Stop(
        `The old secret is needed. ${why} Nothing was changed.`,
        'It may go 30 days after the new one began to sign.',
      )
    return
  }
  const { previousHashes, unknownHashes } = report.pepper
  if (previousHashes > 0) {
    throw new Stop(
      `${previousHashes} passwords need the old pepper. Nothing was changed.`,
      'Each gets another hash when its owner logs in. Without the pepper those would need a reset by a code.',
    )
  }
  if (unknownHashes > 0)
    throw new Stop(`${unknownHashes} passwords need a pepper that is not set. Nothing was changed.`)
}
