import { openProblems, problem } from '../http/openapi'

/* What all operators' routes have in common in the document. `requireOperator` is in front of all of them (`app.ts`). */

export const forOperators = { tags: ['Operator'], security: [{ operator: [] }, { access: [] }] }

const notThere = { 404: problem('not_found') }

export const readProblemsOfOperators = {
  403: problem('cross_site_request'),
  ...notThere,
  422: problem('invalid_fields'),
  429: problem('rate_limited'),
  500: problem('internal_error'),
  503: problem('misconfigured', 'unavailable'),
}

export const writeProblemsOfOperators = { ...openProblems, ...notThere }
