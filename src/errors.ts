/**
 * Every error that Latchkey answers with: its stable code, HTTP status and title. The OpenAPI document, `/problems/{code}` and
 * the types of the client are made from this table.
 */
export const errorCodes = {
  malformed_json: { status: 400, title: 'The body is not well-formed JSON in UTF-8' },
  ambiguous_credentials: { status: 400, title: 'More than one credential was sent; send one' },
  unauthenticated: { status: 401, title: 'No valid access token, or its session has ended' },
  invalid_credentials: { status: 401, title: 'The identifier or the password is wrong' },
  invalid_refresh_token: { status: 401, title: 'No valid refresh token, or its session has ended' },
  account_blocked: { status: 403, title: 'This account is blocked; ask those who run this service' },
  cross_site_request: { status: 403, title: 'The request comes from another site' },
  fresh_proof_required: { status: 403, title: 'This needs a fresh proof of who you are' },
  wrong_password: { status: 403, title: 'The current password is wrong' },
  second_factor_required: { status: 403, title: 'This account has a second factor; go on with secondFactorToken' },
  invalid_second_factor_token: {
    status: 403,
    title: 'The log-in that waits for a second factor has expired, has ended or was used; begin again',
  },
  wrong_second_factor: { status: 403, title: 'The code of the second factor is wrong, or it has been used' },
  second_factor_setup_required: { status: 403, title: 'This deployment requires a second factor; set one up first' },
  no_second_factor: { status: 409, title: 'The account has no second factor' },
  quota_exceeded: { status: 403, title: 'There is no room for this among your to-dos' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This resource does not have that method' },
  invalid_code: { status: 401, title: 'The code is wrong, or it has expired or been used' },
  code_attempts_exceeded: { status: 401, title: 'Too many wrong guesses at this code; ask for a new one' },
  invalid_verification_token: { status: 403, title: 'The verification token is not valid here, or it has been used' },
  invalid_state: {
    status: 403,
    title: 'This log-in was begun in another browser, has expired or was used; begin again',
  },
  log_in_cancelled: { status: 403, title: 'The log-in was cancelled at the provider' },
  invalid_exchange_code: { status: 403, title: 'The exchange code is not valid, or it has expired or been used' },
  invalid_id_token: { status: 403, title: 'The ID token of the provider is not valid here, or it has been used' },
  invalid_link_token: { status: 403, title: 'The link token is not valid, or it has expired or been used' },
  invalid_link: { status: 403, title: 'The link is not valid, or it has expired or been used' },
  invalid_passkey: {
    status: 403,
    title: 'What the passkey answered is not valid here, or its challenge has expired or been used; begin again',
  },
  unknown_passkey: { status: 404, title: 'Nobody has this passkey here; it may have been removed' },
  email_taken: { status: 409, title: 'That e-mail address belongs to another account' },
  phone_taken: { status: 409, title: 'That phone number belongs to another account' },
  identifier_reserved: { status: 409, title: 'Another account had this until a few days ago, and may have it back' },
  identity_needs_proof: { status: 409, title: 'An account has that e-mail address; prove it by a code first' },
  identity_taken: { status: 409, title: 'That identity belongs to another account' },
  too_many_identities: { status: 409, title: 'The account has as many identities as it can have' },
  passkey_taken: { status: 409, title: 'That passkey has been added already' },
  too_many_passkeys: { status: 409, title: 'The account has as many passkeys as it can have; remove one first' },
  last_way_to_log_in: { status: 409, title: 'This is the last way to log in; add another one first' },
  username_taken: { status: 409, title: 'That user name is taken' },
  list_not_empty: { status: 409, title: 'The list has to-dos; say whether they are moved or deleted' },
  sync_token_expired: { status: 410, title: 'The sync token is too old; start again without one' },
  precondition_failed: { status: 412, title: 'It has changed since you read it; read it again and try again' },
  misdirected_request: { status: 421, title: 'This deployment answers at another address' },
  content_too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'The body is of a media type that is not taken here' },
  invalid_fields: { status: 422, title: 'Some fields are not valid' },
  too_many_attempts: { status: 429, title: 'Too many wrong passwords or codes; wait a little' },
  too_many_codes: { status: 429, title: 'Too many codes were asked for; wait a little' },
  rate_limited: { status: 429, title: 'Too many requests; wait a little' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  provider_failed: { status: 502, title: 'The provider refused, or gave an answer that is not valid' },
  provider_unavailable: { status: 503, title: 'The provider does not answer; try again' },
  misconfigured: { status: 503, title: 'A setting of this deployment is missing or wrong' },
  channel_not_configured: { status: 503, title: 'This deployment does not send messages that way' },
  sms_budget_spent: { status: 503, title: 'No more text messages are sent for now; use e-mail or come back later' },
  email_budget_spent: { status: 503, title: 'No more e-mail is sent for now; come back later' },
  unavailable: { status: 503, title: 'A part of the service does not answer; try again' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorCodes

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)

/** What `fresh_proof_required` names: the current password in the body would do, or a new log-in of one of the other kinds. */
export const PROOF_METHODS = ['password', 'code', 'identity', 'passkey'] as const
export type ProofMethod = (typeof PROOF_METHODS)[number]

/** What `second_factor_required` names: a code of the authenticator app, a recovery code, or a passkey. */
export const SECOND_FACTOR_METHODS = ['totp', 'recovery_code', 'passkey'] as const
export type SecondFactorMethod = (typeof SECOND_FACTOR_METHODS)[number]

/** An answer names no more fields than this. It must not be many times larger than the request, and nobody corrects more at once. */
export const MAX_FIELD_ERRORS = 50

/** A field that is not valid. `path` is a JSON Pointer (RFC 6901) into the body, or `/` and the name of a parameter or a header. */
export interface FieldError {
  path: string
  code: string
  message: string
  /** What it must have at most, or at least, where that is what is wrong: for clients with texts of their own. */
  limit?: number | undefined
}

/** An error that the client may see. Any other error that is thrown becomes `internal_error`. */
export class AppError extends Error {
  override name = 'AppError'
  readonly detail: string | undefined
  readonly errors: FieldError[] | undefined
  readonly headers: Record<string, string>
  /** What else the answer has (RFC 9457 3.2). */
  readonly members: Record<string, string | string[]>
  /** The limit that refused the request, for the people who run this. The answer does not always name it. */
  readonly limit: string | undefined

  constructor(
    readonly code: ErrorCode,
    options: {
      detail?: string
      errors?: FieldError[]
      headers?: Record<string, string>
      members?: Record<string, string | string[]>
      limit?: string
      cause?: unknown
    } = {},
  ) {
    super(errorCodes[code].title, { cause: options.cause })
    this.detail = options.detail
    this.errors = options.errors
    this.headers = options.headers ?? {}
    this.members = options.members ?? {}
    this.limit = options.limit
  }
}

/** Whether an error leaves open if a change was made: the answer of D1 was lost. */
export const isLost = (error: unknown): boolean => error instanceof AppError && error.code === 'unavailable'
