import { Missing, Stop } from '../deploy/stop.mjs'

/**
 * Asks the Worker itself what only it knows (`GET operator/doctor`), in as many parts as it takes to read all password hashes.
 * @param {{ fetch: typeof globalThis.fetch, variables: NodeJS.ProcessEnv, origin: string }} d
 * @param {{ all?: boolean }} [options] false reads the first part of the hashes only
 */
export async function askWorker({ fetch, variables, origin }, { all = true } = {}) {
  const token = variables.OPERATOR_TOKEN
  if (!token)
    throw new Missing(
      'OPERATOR_TOKEN',
      'Set it in the environment to the secret of this deployment: docs/operations.md.',
    )
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json' }
  const ask = async (query = '') => {
    const answer = await fetch(`${origin}/api/v1/operator/doctor${query}`, {
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(60_000),
    })
    const body = await answer.json().catch(() => ({}))
    if (answer.ok) return body
    if (answer.status === 404) {
      throw new Stop(`${origin} does not know this OPERATOR_TOKEN.`, 'Compare it with the secret of the deployment.')
    }
    throw new Stop(`${origin} answered ${answer.status}: ${body.detail ?? body.title ?? 'nothing that says why'}`)
  }
  const report = await ask()
  while (all && report.pepper.next !== null) {
    const { pepper } = await ask(`?after=${report.pepper.next}`)
    for (const name of ['hashes', 'previousHashes', 'unknownHashes']) report.pepper[name] += pepper[name]
    report.pepper.next = pepper.next
  }
  return report
}
