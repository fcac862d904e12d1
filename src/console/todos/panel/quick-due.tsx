import type { Reader } from '../../page/person'
import type { Texts } from '../../texts/texts'
import { todayOf } from '../due'
import type { DueFields } from '../due-fields'

export const QUICK_DUES = ['today', 'tomorrow', 'week', 'none'] as const

export type QuickDue = (typeof QUICK_DUES)[number]

const DAYS_A_WEEK = 7
const MONDAY = 1

/** How many days from today on. Next week begins on Monday, also on a Monday. */
function daysUntil(due: Exclude<QuickDue, 'none'>, today: Date): number {
  if (due !== 'week') return due === 'today' ? 0 : 1
  return (MONDAY - today.getUTCDay() + DAYS_A_WEEK) % DAYS_A_WEEK || DAYS_A_WEEK
}

/** The due date of a button, which keeps the time if there is one. What day it is depends on the zone of the person. */
export function quickDue(due: QuickDue, { zone, now }: Pick<Reader, 'zone' | 'now'>): Partial<DueFields> {
  if (due === 'none') return { dueDay: '', dueTime: '' }
  const day = new Date(todayOf(zone, now))
  day.setUTCDate(day.getUTCDate() + daysUntil(due, day))
  return { dueDay: day.toISOString().slice(0, 'YYYY-MM-DD'.length) }
}

/** Buttons that save the to-do with another due date. */
export function QuickDueButtons({ t }: { t: Texts }) {
  return (
    <fieldset class="quick-due">
      <legend class="unseen">{t.todos.due}</legend>
      {QUICK_DUES.map((due) => (
        <button type="submit" class="second" name="dueQuick" value={due}>
          {t.panel.dueQuick[due]}
        </button>
      ))}
    </fieldset>
  )
}
