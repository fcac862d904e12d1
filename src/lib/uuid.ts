/** The least UUIDv7 of a time (ms): those that were made earlier sort before it. */
export function uuidv7From(ms: number): string {
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}

/** When a UUIDv7 was made, in ms: its first 48 bits (RFC 9562 5.7). */
export const uuidv7Time = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
