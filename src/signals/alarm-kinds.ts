/*
 * THE alarms: what the people who run a deployment are told at ALARM_URL. Each has a part in docs/operations.md.
 */

export const ALARM_KINDS = [
  'sms_budget_spent',
  'email_budget_spent',
  'guesses_ceiling',
  'messages_failing',
  'purge_behind',
  'purge_failed',
  'server_errors',
] as const
export type AlarmKind = (typeof ALARM_KINDS)[number]

/** What has happened, in words, and how often it has to happen within an hour before anybody is told. */
export const alarmsByKind: Record<AlarmKind, { text: string; threshold: number }> = {
  sms_budget_spent: { text: 'A part of the budget of text messages is spent.', threshold: 1 },
  email_budget_spent: { text: 'A part of the budget of e-mail is spent.', threshold: 1 },
  guesses_ceiling: { text: 'There are more wrong guesses in this hour than people make.', threshold: 1 },
  messages_failing: { text: 'Three messages could not be sent within an hour.', threshold: 3 },
  purge_behind: { text: 'Old rows are more than an hour overdue for removal.', threshold: 1 },
  purge_failed: { text: 'The old rows of a table could not be removed.', threshold: 1 },
  server_errors: { text: 'More than a tenth of the answers within a minute were server errors.', threshold: 1 },
}
