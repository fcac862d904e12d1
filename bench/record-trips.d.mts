export interface Trips {
  /** The calls of a step run at the same time, and wait for the step before. */
  steps: ('primary' | 'replica' | 'KV read' | 'KV write')[][]
  rowsRead: number
  rowsWritten: number
}

export function recordTrips(bindings: Pick<Env, 'DB' | 'KV'>): Pick<Env, 'DB' | 'KV'> & { trips: () => Trips }
