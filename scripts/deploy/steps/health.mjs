import { done } from '../say.mjs'
import { Stop } from '../stop.mjs'

const PAUSE_MS = 3000

/**
 * Asks /health until it names a version: then that version has its settings, its database and its schema. The header leads to a version
 * that has no traffic (https://developers.cloudflare.com/workers/versions-and-deployments/version-overrides/).
 * @param {import('../deploy.mjs').Deploy} d
 * @param {{ version: string, origin: string, minutes: number }} wanted
 * @throws {Stop} with the last answer
 */
export async function waitForVersion(d, { version, origin, minutes }) {
  const headers = {
    Accept: 'application/json',
    'Cloudflare-Workers-Version-Overrides': `${d.environment.worker}="${version}"`,
  }
  let last = 'nothing'
  for (let left = (minutes * 60_000) / PAUSE_MS; left > 0; left--) {
    const answer = await ask(d, `${origin}/health`, headers)
    if (answer.status === 200 && answer.version === version) {
      return done(
        d,
        'Health',
        `version ${version.slice(0, 8)} answers, with the schema ${answer.schema ?? 'that it wants'}`,
      )
    }
    last = answer.text
    await d.wait(PAUSE_MS)
  }
  throw new Stop(
    `${origin}/health did not say within ${minutes} minutes that version ${version} is well. It said: ${last}`,
    'The code is there. If the domain is new, its certificate may take longer: ask /health again later. Else correct what it says.',
  )
}

async function ask({ fetch }, url, headers) {
  try {
    const answer = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(10_000) })
    const text = await answer.text()
    const body = parse(text)
    const says = body.detail ?? (answer.ok ? `version ${body.version?.id}` : text.slice(0, 200))
    return {
      status: answer.status,
      version: body.version?.id,
      schema: body.schema?.finds,
      text: `${answer.status} ${says}`,
    }
  } catch (error) {
    return { text: `${error.message}${error.cause?.message ? `: ${error.cause.message}` : ''}` }
  }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
