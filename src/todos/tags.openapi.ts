import { answerHeader, problem, requestHeader, writeProblems } from '../http/openapi'

/*
 * What the routes of to-dos and of lists say of tags and of quotas.
 */

/** Of an answer that has one to-do or one list. */
export const tagHeader = {
  ETag: answerHeader('The version, in quotes. Cloudflare may put `W/` in front.', '"1"'),
}

/** @param what a to-do or a list */
export const ifMatchHeader = (what: string) =>
  requestHeader(
    'If-Match',
    `The \`ETag\` that you have: 412 if the ${what} has changed since. With \`W/\` it means the same.`,
    '"1"',
  )

/** Of every change. */
export const changeProblems = { ...writeProblems, 429: problem('rate_limited') }

export const conditionalProblems = { ...changeProblems, 412: problem('precondition_failed') }

/** Of a change that may need more room. */
export const quotaProblems = { 403: problem('cross_site_request', 'second_factor_setup_required', 'quota_exceeded') }
