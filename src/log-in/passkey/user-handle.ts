import { base64url } from 'jose'
import { parse } from 'uuid'

/**
 * What authenticators keep as the user (WebAuthn 4, User Handle): the bytes of the user's id, as base64url. It says nothing about the
 * person.
 */
export const userHandleOf = (userId: string): string => base64url.encode(parse(userId))
