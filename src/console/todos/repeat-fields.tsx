import * as z from 'zod'
import type { TodoPatch } from '../../todos/schemas'
import { Field } from '../page/fields'
import { text } from '../page/form'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'

/** The rules that have a name. `none` is no rule, and `own` any other one. */
const RULES = {
  none: '',
  daily: 'FREQ=DAILY',
  weekdays: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
  weekly: 'FREQ=WEEKLY',
  monthly: 'FREQ=MONTHLY',
  yearly: 'FREQ=YEARLY',
} as const

const NAMED = ['none', 'daily', 'weekdays', 'weekly', 'monthly', 'yearly'] as const
const REPEATS = [...NAMED, 'own'] as const

type Repeat = (typeof REPEATS)[number]

/** What the form has of a rule. `ruleBefore` is the one that it showed at first. */
export const repeatFields = {
  repeat: z.enum(REPEATS).catch('none'),
  /** Counts if `repeat` is `own`. */
  rule: text,
  ruleBefore: text,
}

export type RepeatFields = z.output<z.ZodObject<typeof repeatFields>>

/** What a rule is called. */
const repeatOf = (rule: string): Repeat => NAMED.find((name) => RULES[name] === rule) ?? 'own'

/** How often a to-do with this rule comes again. */
export function repeatInWords({ todos }: Texts, rule: string): string {
  const repeat = repeatOf(rule)
  return repeat === 'own' ? todos.repeatsByRule(rule) : todos.repeats[repeat]
}

export function toRepeatFields(recurrence: string | null): RepeatFields {
  const rule = recurrence ?? ''
  const repeat = repeatOf(rule)
  return { repeat, rule: repeat === 'own' ? rule : '', ruleBefore: rule }
}

/** The change of the rule that a form asks for. One that was not edited is left out; an own one that is missing is refused. */
export function repeatPatch({ repeat, rule, ruleBefore }: RepeatFields): Pick<TodoPatch, 'recurrence'> {
  const wanted = repeat === 'own' ? rule : RULES[repeat]
  const isMissing = repeat === 'own' && rule === ''
  if (wanted === ruleBefore && !isMissing) return {}
  return { recurrence: repeat === 'none' ? null : wanted }
}

interface RepeatInputsProps {
  t: Texts
  refusal: Refusal | null
  fields: RepeatFields
}

/** How often it comes again. The style sheet hides the field for an own rule unless that is chosen. */
export function RepeatInputs({ t, refusal, fields }: RepeatInputsProps) {
  const { repeat, rule, ruleBefore } = fields
  const isOwn = repeat === 'own'
  return (
    <div class="pair repeat">
      <input type="hidden" name="ruleBefore" value={ruleBefore} />
      <Field
        t={t}
        refusal={isOwn ? null : refusal}
        name="edit-repeat"
        path="/recurrence"
        label={t.todos.repeat}
        control={(attributes) => (
          <select {...attributes} name="repeat">
            {REPEATS.map((option) => (
              <option value={option} selected={option === repeat}>
                {t.todos.repeats[option]}
              </option>
            ))}
          </select>
        )}
      />
      <Field
        t={t}
        refusal={isOwn ? refusal : null}
        name="edit-rule"
        path="/recurrence"
        label={t.todos.rule}
        hint={t.todos.ruleHint}
        control={(attributes) => (
          <input type="text" {...attributes} name="rule" value={rule} autocapitalize="characters" spellcheck={false} />
        )}
      />
    </div>
  )
}
