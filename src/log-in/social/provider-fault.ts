/**
 * What is wrong with a provider's answer, for the log of those who run this. The log has the name of an error and never its message, so
 * the reason is in the name. It must be a fixed word, or the error code of a standard.
 */
export class ProviderFault extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = `ProviderFault (${reason})`
  }
}

/** An error code of OAuth (RFC 6749 5.2), if a text from outside can be one. */
export const errorCodeIn = (text: unknown): string =>
  typeof text === 'string' && /^\w{1,64}$/.test(text) ? text : 'no error code'
