/*
 * Reads a QR code without errors (ISO/IEC 18004), as a telephone would: from its modules, and with nothing of the library that drew it.
 */

/** The blocks of a version: how many codewords of data each has, by the letter of the error correction. */
const BLOCKS: Record<number, Record<string, number[]>> = {
  6: { L: [68, 68], M: Array(4).fill(27), Q: Array(4).fill(19), H: Array(4).fill(15) },
  7: { L: [78, 78], M: Array(4).fill(31), Q: [14, 14, 15, 15, 15, 15], H: [13, 13, 13, 13, 14] },
  8: { L: [97, 97], M: [38, 38, 39, 39], Q: [18, 18, 18, 18, 19, 19], H: [14, 14, 14, 14, 15, 15] },
  9: {
    L: [116, 116],
    M: [36, 36, 36, 37, 37],
    Q: [16, 16, 16, 16, 17, 17, 17, 17],
    H: [12, 12, 12, 12, 13, 13, 13, 13],
  },
}
/** Where the alignment patterns are. */
const CENTRES: Record<number, number[]> = { 6: [6, 34], 7: [6, 22, 38], 8: [6, 24, 42], 9: [6, 26, 46] }
const LEVELS = ['M', 'L', 'H', 'Q']
const MASKS: ((x: number, y: number) => number)[] = [
  (x, y) => (x + y) % 2,
  (_x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
]
const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

type Modules = boolean[][]

/** The modules that the path of an SVG fills: those inside an odd number of its outlines. Row by row. */
export function modulesOf(path: string, size: number): Modules {
  const outlines = path
    .split('Z')
    .filter((outline) => outline !== '')
    .map((outline) => [...outline.matchAll(/(\d+) (\d+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) })))
  const isInside = (x: number, y: number) =>
    outlines.flatMap((points) =>
      points.filter((from, at) => {
        const to = points[(at + 1) % points.length] ?? from
        return from.x === to.x && from.x <= x && Math.min(from.y, to.y) <= y && y < Math.max(from.y, to.y)
      }),
    ).length %
      2 ===
    1
  return Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => isInside(x, y)))
}

/** What a QR code says. */
export function readQr(modules: Modules): string {
  const size = modules.length
  const version = (size - 17) / 4
  const at = (x: number, y: number): number => (modules[y]?.[x] ? 1 : 0)
  // The first five bits of the format, without their own mask.
  const bits = Number.parseInt([0, 1, 2, 3, 4].map((x) => at(x, 8)).join(''), 2) ^ 0b10101
  const level = LEVELS[bits >> 3] ?? ''
  const mask = MASKS[bits & 7]
  const blocks = BLOCKS[version]?.[level]
  if (!blocks || !mask) throw new Error(`No tables for version ${version}, level ${level}`)
  const stream = placesOf(size, version).map(([x, y]) => at(x, y) ^ (mask(x, y) === 0 ? 1 : 0))
  const codewords = Array.from({ length: Math.floor(stream.length / 8) }, (_, n) =>
    Number.parseInt(stream.slice(8 * n, 8 * n + 8).join(''), 2),
  )
  return readSegments(deinterleave(codewords, blocks), version)
}

/** The places of the data, in their order: two columns at a time from the right, up and down. */
function placesOf(size: number, version: number): [x: number, y: number][] {
  const centres = CENTRES[version] ?? []
  const last = size - 7
  const isAlignment = (x: number, y: number) =>
    centres.some((cx) =>
      centres.some((cy) => {
        const isInCorner = (cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6)
        return !isInCorner && Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2
      }),
    )
  const isFunction = (x: number, y: number) =>
    (x < 9 && y < 9) ||
    (x < 9 && y >= size - 8) ||
    (x >= size - 8 && y < 9) ||
    x === 6 ||
    y === 6 ||
    isAlignment(x, y) ||
    (version >= 7 && ((x < 6 && y >= size - 11) || (y < 6 && x >= size - 11)))
  const places: [number, number][] = []
  let isUp = true
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right--
    for (let step = 0; step < size; step++) {
      const y = isUp ? size - 1 - step : step
      for (const x of [right, right - 1]) if (!isFunction(x, y)) places.push([x, y])
    }
    isUp = !isUp
  }
  return places
}

function deinterleave(codewords: number[], blocks: number[]): number[] {
  const data: number[][] = blocks.map(() => [])
  let next = 0
  for (let n = 0; n < Math.max(...blocks); n++) {
    for (const [index, length] of blocks.entries()) {
      if (n < length) data[index]?.push(codewords[next++] ?? 0)
    }
  }
  return data.flat()
}

function readSegments(data: number[], version: number): string {
  const bits = data.map((codeword) => codeword.toString(2).padStart(8, '0')).join('')
  let position = 0
  const take = (length: number): number => {
    position += length
    return Number.parseInt(bits.slice(position - length, position), 2)
  }
  const isShort = version < 10
  let text = ''
  while (position + 4 <= bits.length) {
    const mode = take(4)
    if (mode === 0) break
    if (mode === 7) take(8)
    else if (mode === 4) {
      const bytes = Array.from({ length: take(isShort ? 8 : 16) }, () => take(8))
      text += new TextDecoder().decode(new Uint8Array(bytes))
    } else if (mode === 2) {
      for (let left = take(isShort ? 9 : 11); left > 0; left -= 2) {
        const pair = take(left === 1 ? 6 : 11)
        text += left === 1 ? '' : ALPHANUMERIC[Math.floor(pair / 45)]
        text += ALPHANUMERIC[pair % 45]
      }
    } else if (mode === 1) {
      for (let left = take(isShort ? 10 : 12); left > 0; left -= 3) {
        const digits = Math.min(left, 3)
        text += String(take([0, 4, 7, 10][digits] ?? 0)).padStart(digits, '0')
      }
    } else throw new Error(`No such mode: ${mode}`)
  }
  return text
}

/** What the QR code in a page says. */
export function readQrOf(html: string): string {
  const [, width, path] = /<svg class="qr" viewBox="-4 -4 (\d+) .*?<path d="([^"]+)"/s.exec(html) ?? []
  return readQr(modulesOf(path ?? '', Number(width) - 8))
}
