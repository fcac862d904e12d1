/*
 * Counts what the readers do, so that nothing has to be timed: how many characters are looked at by the methods of texts and by regular
 * expressions, how many texts are made, and how often a map or a list is asked.
 */

type Method = (...args: unknown[]) => unknown

type Cost = (self: unknown, args: unknown[], result: unknown, from: number) => number

/** How much a call of a method looks at, at most. */
const COSTS: [object, string[], Cost][] = [
  [
    String.prototype,
    ['replace', 'replaceAll', 'split', 'normalize', 'toWellFormed', 'toUpperCase', 'toLowerCase', 'trim'],
    length,
  ],
  [String.prototype, ['slice', 'charCodeAt', 'startsWith', 'at'], () => 1],
  [String.prototype, ['indexOf', 'includes', 'lastIndexOf'], searched],
  [RegExp.prototype, ['exec'], matched],
  [RegExp.prototype, ['test'], (_, [text]) => length(text)],
  [Array.prototype, ['join', 'includes', 'indexOf', 'slice', 'filter', 'map', 'find', 'some', 'every'], length],
  [Array.prototype, ['push'], () => 1],
  [
    Array.prototype,
    ['concat'],
    (self, others) => length(self) + others.reduce((sum: number, one) => sum + length(one), 0),
  ],
  [Map.prototype, ['get', 'set', 'has'], () => 1],
  [Set.prototype, ['add', 'has'], () => 1],
]

function length(self: unknown): number {
  return 1 + (typeof self === 'string' || Array.isArray(self) ? self.length : 0)
}

/** From where it began to where it was found. */
function searched(self: unknown, [, from]: unknown[], result: unknown): number {
  const start = typeof from === 'number' ? from : 0
  return 1 + (typeof result === 'number' && result >= 0 ? Math.abs(result - start) : length(self) - start)
}

/** From where it began to the end of what it found. One that is sticky looks at nothing else. */
function matched(self: unknown, [text]: unknown[], result: unknown, from: number): number {
  if (Array.isArray(result)) return 1 + Number(Reflect.get(result, 'index')) + length(result[0]) - from
  return self instanceof RegExp && self.sticky ? 1 : length(text) - from
}

/** How much work a function does. */
export function countWork(run: () => unknown): number {
  let work = 0
  const undo = COSTS.flatMap(([prototype, names, cost]) =>
    names.map((name) => {
      const original: Method = Reflect.get(prototype, name)
      const counted = function (this: unknown, ...args: unknown[]): unknown {
        const from = this instanceof RegExp && (this.global || this.sticky) ? this.lastIndex : 0
        const result = original.apply(this, args)
        work += cost(typeof this === 'object' && this instanceof String ? String(this) : this, args, result, from)
        return result
      }
      Reflect.set(prototype, name, counted)
      return () => Reflect.set(prototype, name, original)
    }),
  )
  try {
    run()
  } finally {
    for (const restore of undo) restore()
  }
  return work
}
