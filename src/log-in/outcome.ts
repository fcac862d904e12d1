import type { ResultsOf, Statements } from '../db/batch-named'
import { AppError } from '../errors'
import type { LogInAnswer } from '../sessions/schemas'
import type { UserRow } from '../users/users'
import type { Obstacle } from './account-limits'
import type { SecondFactorAsked } from './second-factor/token'

/** What became of a log-in. */
export type LogInOutcome<First extends Statements> =
  | { kind: 'begun'; isNewUser: boolean; answer: LogInAnswer; user: UserRow; first: ResultsOf<First> }
  /** The account has a second factor, so no session has begun. The proof is spent, and the client goes on with a token. */
  | ({ kind: 'second_factor' } & SecondFactorAsked)
  /**
   * Nothing was proven, an identifier is taken, the account is blocked, or none can be made (`obstacle`). `first` has the results of the
   * method's own statements.
   */
  | { kind: 'refused'; first: ResultsOf<First>; holders: UserRow[]; obstacle: Obstacle | null }

/**
 * The log-in that has begun, for the route to answer. If the second factor is asked for, the error says so.
 * @param refusal makes the error for a log-in that was refused
 */
export function requireBegun<First extends Statements>(
  outcome: LogInOutcome<First>,
  refusal: (refused: Extract<LogInOutcome<First>, { kind: 'refused' }>) => AppError,
): Extract<LogInOutcome<First>, { kind: 'begun' }> {
  switch (outcome.kind) {
    case 'begun':
      return outcome
    case 'refused':
      throw refusal(outcome)
    case 'second_factor': {
      const { kind: _, ...members } = outcome
      throw new AppError('second_factor_required', { members })
    }
  }
}
