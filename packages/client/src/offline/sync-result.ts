import type { StopDetails, StopReason } from './server'

/** What a sync has done: how many operations and changes of lists it sent, how many changes it received, and how many operations were refused. */
export interface SyncCounts {
  sent: number
  received: number
  refused: number
}

export type SyncResult = SyncCounts & ({ state: 'synced' } | ({ state: StopReason } & StopDetails))
