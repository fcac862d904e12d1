import { MAX_RULE_LENGTH, readRule } from '../../recurrence'

/** How many different rules of a file are read. Most take 0.1 ms, the slowest 2 ms. */
const MAX_RULES = 200
/** Rules that have the form of one, but never come, take up to 120 ms. */
const MAX_FRUITLESS = 5

const FORM = /^(?:RRULE:)?(?:(?:FREQ|INTERVAL|BYDAY|BYMONTHDAY|BYMONTH|BYSETPOS|WKST)=[A-Z0-9,+-]+(?:;|$))+$/
const END = /;?(UNTIL=[^;]*|COUNT=[^;]*)/
const VALID_END = /^(?:UNTIL=\d{8}(?:T\d{6}Z?)?|COUNT=[1-9]\d{0,2})$/

/**
 * `readRule` for all rules of a file. It remembers what it has read, without the end of the rule, which differs from to-do to to-do. So
 * the rules of 10,000 to-dos cost little, whatever they are.
 */
export function ruleReader(): (typed: string) => string | null {
  const known = new Map<string, string | null>()
  let fruitless = 0
  const read = (pattern: string): string | null => {
    const before = known.get(pattern)
    if (before !== undefined) return before
    const mayRead = FORM.test(pattern) && known.size < MAX_RULES && fruitless < MAX_FRUITLESS
    const rule = mayRead ? readRule(pattern) : null
    if (mayRead && rule === null) fruitless++
    if (known.size < MAX_RULES) known.set(pattern, rule)
    return rule
  }
  return (typed) => {
    if (typed.length > MAX_RULE_LENGTH) return null
    const rule = typed.trim().toUpperCase()
    const end = END.exec(rule)?.[1]
    const pattern = rule.replace(END, '').replace(/^(RRULE:)?;/, '$1')
    if (end === undefined) return read(pattern)
    const found = VALID_END.test(end) ? read(pattern) : null
    return found && `${found};${end}`
  }
}
