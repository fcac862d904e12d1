let lastMs = 0

/** A UUIDv7 (RFC 9562 5.7). Its time is above that of all earlier ones of this program, so ids sort as they were made. */
export function uuidv7(): string {
  lastMs = Math.max(Date.now(), lastMs + 1)
  const time = lastMs.toString(16).padStart(12, '0')
  const bytes = crypto.getRandomValues(new Uint8Array(10))
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const variant = '89ab'.charAt((bytes[9] ?? 0) & 3)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-${random.slice(6, 18)}`
}

/** When a UUIDv7 was made (ms). */
export const idTime = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
