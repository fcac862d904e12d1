import * as z from 'zod'
import {
  AppError,
  type ErrorCode,
  errorCodes,
  type FieldError,
  isErrorCode,
  PROOF_METHODS,
  type ProofMethod,
} from '../../errors'
import { readWaiting, type WaitingCookie } from '../../log-in/second-factor/waiting-cookie'

/** What the answers of all routes have in common. */
interface ApiAnswer {
  headers: Headers
  json: () => Promise<unknown>
}

/** Why the API refused what a page asked for. */
export interface Refusal {
  errorCode: ErrorCode
  fieldErrors: FieldError[]
  /** Null if the answer does not say when to try again. */
  retryAfterSeconds: number | null
  /** Where to type the code, if this is because a code is already on its way to the same contact, for this browser. */
  codePath?: string | undefined
  /** How a log-in goes on that needs a second factor, if that is what the API asks for. */
  waiting?: WaitingCookie | null
  /** How the account can prove who its user is, if the API asks for that and says it. */
  methods?: ProofMethod[] | undefined
  /** Which codes of a second factor go with the password. */
  secondFactorCodes?: string[] | undefined
}

const problemSchema = z.object({
  code: z.string().refine(isErrorCode),
  errors: z
    .array(z.object({ path: z.string(), code: z.string(), message: z.string(), limit: z.number().optional() }))
    .default([]),
  // `second_factor_required` has other methods.
  methods: z.array(z.enum(PROOF_METHODS)).optional().catch(undefined),
  secondFactorCodes: z.array(z.string()).optional(),
})

/** Reads an error answer of the API. */
export async function readRefusal(answer: ApiAnswer): Promise<Refusal> {
  const problem = await answer.json()
  const { data } = problemSchema.safeParse(problem)
  const retryAfter = answer.headers.get('Retry-After')
  return {
    errorCode: data?.code ?? 'internal_error',
    fieldErrors: data?.errors ?? [],
    waiting: readWaiting(problem),
    methods: data?.methods,
    secondFactorCodes: data?.secondFactorCodes,
    retryAfterSeconds: retryAfter === null ? null : Number(retryAfter),
  }
}

/** The status of a page with a form. */
export const statusOf = (refusal: Refusal | null) => (refusal ? errorCodes[refusal.errorCode].status : 200)

/** Errors that stay the same whatever is typed into the form. */
const NOT_ABOUT_THE_FORM: readonly ErrorCode[] = [
  'unauthenticated',
  'second_factor_setup_required',
  'cross_site_request',
  'not_found',
  'internal_error',
  'misconfigured',
]

/**
 * Why the API refused a form, to be shown on that form.
 * @throws {AppError} if no other input would help; the error gets a page of its own
 */
export async function readFormRefusal(answer: ApiAnswer): Promise<Refusal> {
  const refusal = await readRefusal(answer)
  if (NOT_ABOUT_THE_FORM.includes(refusal.errorCode)) throw new AppError(refusal.errorCode)
  return refusal
}

/** The error to throw if the API did not give what a page shows. */
export async function toAppError(answer: ApiAnswer): Promise<AppError> {
  const { errorCode, fieldErrors, retryAfterSeconds } = await readRefusal(answer)
  const headers = retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) }
  return new AppError(errorCode, { errors: fieldErrors, headers })
}

/** Errors about a contact or a name that was typed. */
const ABOUT_IDENTIFIER: readonly ErrorCode[] = [
  'channel_not_configured',
  'sms_budget_spent',
  'email_budget_spent',
  'identifier_reserved',
]

/** The same refusal, said at the field of this path if it is about what was typed there. */
export function atField(refusal: Refusal | null, path: string): Refusal | null {
  if (!refusal || !ABOUT_IDENTIFIER.includes(refusal.errorCode)) return refusal
  const error = { path, code: refusal.errorCode, message: '' }
  return { ...refusal, fieldErrors: [...refusal.fieldErrors, error] }
}
