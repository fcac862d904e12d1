import { inject } from 'vitest'

/**
 * For tables whose rows are all tested by one rule, such as every route with every kind of bad body: one row of `part`, so that `npm test`
 * is done in a few minutes. `npm run coverage`, which CI runs, tests all of them.
 */
export const someOf = <Row>(rows: readonly Row[], part: number): Row[] =>
  rows.filter((_, index) => inject('isThorough') || index % part === 0)
