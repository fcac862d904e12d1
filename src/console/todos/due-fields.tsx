import type * as z from 'zod'
import type { TodoPatch } from '../../todos/schemas'
import { Field } from '../page/fields'
import { text } from '../page/form'
import { ACCOUNT } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { QuickDueButtons } from './panel/quick-due'

/** What the form has of a due date. `dueBefore` is the one that it showed at first, as the API writes it. */
export const dueFields = {
  /** `2026-12-24` */
  dueDay: text,
  /** `18:00`; empty for a whole day. */
  dueTime: text,
  /** The zone that a time is meant in. */
  dueZone: text,
  dueBefore: text,
}

export type DueFields = z.output<z.ZodObject<typeof dueFields>>

const DUE = /^([^T]*)(?:T([^[]*)\[(.*)\])?$/

/** A due date in parts. `time` may have seconds. Each part is empty if there is none. */
function split(due: string) {
  const [, day = '', time = '', zone = ''] = DUE.exec(due) ?? []
  return { day, time, shownTime: time.slice(0, 'HH:MM'.length), zone }
}

/** What the form shows of a due date. A new time is meant in the zone of the person, and another one stays in its own. */
export function toDueFields(due: string | null, personZone: string): DueFields {
  const { day, shownTime, zone } = split(due ?? '')
  return { dueDay: day, dueTime: shownTime, dueZone: zone || personZone, dueBefore: due ?? '' }
}

/** The change of the due date that a form asks for. The form does not show seconds, so a due date that was not edited is left out. */
export function duePatch({ dueDay, dueTime, dueZone, dueBefore }: DueFields): Pick<TodoPatch, 'due'> {
  const before = split(dueBefore)
  const isSameTime = dueTime === before.shownTime && (dueTime === '' || dueZone === before.zone)
  if (isSameTime && dueDay === before.day) return {}
  if (dueDay === '' && dueTime === '') return { due: null }
  if (dueTime === '') return { due: dueDay }
  return { due: `${dueDay}T${isSameTime ? before.time : dueTime}[${dueZone}]` }
}

interface DueInputsProps {
  t: Texts
  refusal: Refusal | null
  fields: DueFields
}

/** A day, and a time if it is not due on the whole day, with buttons for the days that people choose most. */
export function DueInputs({ t, refusal, fields }: DueInputsProps) {
  const { dueDay, dueTime, dueZone, dueBefore } = fields
  const hint = (
    <>
      {t.panel.wholeDay} {t.todos.dueTimeHint(dueZone)} <a href={`${ACCOUNT}/time-zone`}>{t.todos.changeZone}</a>
    </>
  )
  return (
    <div class="due-inputs">
      <input type="hidden" name="dueZone" value={dueZone} />
      <input type="hidden" name="dueBefore" value={dueBefore} />
      <div class="pair">
        <Field
          t={t}
          refusal={refusal}
          name="edit-due"
          path="/due"
          label={t.todos.due}
          control={(attributes) => <input type="date" {...attributes} name="dueDay" value={dueDay} />}
        />
        <Field
          t={t}
          refusal={null}
          name="edit-time"
          label={t.todos.dueTime}
          hint={hint}
          control={(attributes) => <input type="time" {...attributes} name="dueTime" value={dueTime} />}
        />
      </div>
      <QuickDueButtons t={t} />
    </div>
  )
}
