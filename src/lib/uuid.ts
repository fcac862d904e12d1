/** When a UUIDv7 was made, in ms: its first 48 bits (RFC 9562 5.7). */
export const uuidv7Time = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
