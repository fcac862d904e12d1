/** Keeps what costs time to make, by its key: at most `max` of them. The one that was made first goes. */
export class BoundedMap<Value extends object> {
  private readonly entries = new Map<string, Value>()

  constructor(private readonly max: number) {}

  get size(): number {
    return this.entries.size
  }

  getOrMake(key: string, make: () => Value): Value {
    const known = this.entries.get(key)
    if (known) return known
    const value = make()
    const [oldest] = this.entries.keys()
    if (this.entries.size >= this.max && oldest !== undefined) this.entries.delete(oldest)
    this.entries.set(key, value)
    return value
  }
}
