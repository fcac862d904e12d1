/**
 * A UUIDv7 that is always the same for the same parts: half of their SHA-256, in the shape of a UUIDv7. Its time means nothing. So what
 * is made from something else is made once, whoever makes it, and needs no column that says where it came from.
 */
export async function derivedId(...parts: string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts))
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const hex = [...hash.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const variant = (Number.parseInt(hex.charAt(16), 16) % 4) + 8
  const id = `${hex.slice(0, 12)}7${hex.slice(13, 16)}${variant.toString(16)}${hex.slice(17)}`
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * The id of the to-do that completing a recurring one makes. It depends on the user, so that nobody who has seen the id of a to-do, in a
 * file or a calendar, can take the id of the next one in advance.
 */
export const nextIdOf = (userId: string, id: string): Promise<string> => derivedId('next', userId, id)
