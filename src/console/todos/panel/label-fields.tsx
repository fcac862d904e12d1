import * as z from 'zod'
import type { TodoPatch } from '../../../todos/schemas'
import { Field } from '../../page/fields'
import { text, texts } from '../../page/form'
import type { Refusal } from '../../page/refusal'
import type { Texts } from '../../texts/texts'

/** What the form has of labels. */
export const labelFields = {
  /** Those whose checkbox is checked. Each has a field of its own, because labels may have commas in them. */
  'labels[]': texts,
  /** More of them, separated by commas. */
  newLabels: text,
  /** Those that the form showed at first, as JSON. */
  labelsBefore: text,
}

export type LabelFields = z.output<z.ZodObject<typeof labelFields>>

export const toLabelFields = (labels: readonly string[]): LabelFields => ({
  'labels[]': [...labels],
  newLabels: '',
  labelsBefore: JSON.stringify(labels),
})

/** The change of the labels that a form asks for. What was not edited is left out, and a label that is there already is no new one. */
export function labelsPatch({ newLabels, labelsBefore, ...fields }: LabelFields): Pick<TodoPatch, 'labels'> {
  const added = newLabels.split(',').flatMap((label) => label.trim() || [])
  const labels = [...new Set([...fields['labels[]'], ...added])]
  return JSON.stringify(labels) === labelsBefore ? {} : { labels }
}

const labelsSchema = z.array(z.string()).catch([])

function readBefore(json: string): string[] {
  try {
    return labelsSchema.parse(JSON.parse(json))
  } catch {
    return []
  }
}

interface LabelInputsProps {
  t: Texts
  refusal: Refusal | null
  fields: LabelFields
  /** Labels of other to-dos. */
  suggestions: readonly string[]
}

/** A chip for each label, which takes it off and puts it on again, and a field for more. */
export function LabelInputs({ t, refusal, fields, suggestions }: LabelInputsProps) {
  const checked = new Set(fields['labels[]'])
  const shown = new Set([...readBefore(fields.labelsBefore), ...checked])
  return (
    <fieldset class="labels">
      <legend>{t.todos.labels}</legend>
      <div class="options">
        {[...shown].map((label) => (
          <label class="option" dir="auto">
            <input type="checkbox" name="labels[]" value={label} checked={checked.has(label)} />
            <span>#{label}</span>
          </label>
        ))}
      </div>
      <Field
        t={t}
        refusal={refusal}
        name="edit-labels"
        path="/labels"
        label={t.panel.newLabels}
        hint={t.todos.labelsHint}
        control={(attributes) => (
          <input
            type="text"
            {...attributes}
            name="newLabels"
            value={fields.newLabels}
            list="edit-suggestions"
            autocapitalize="none"
          />
        )}
      />
      <datalist id="edit-suggestions">
        {suggestions
          .filter((label) => !shown.has(label))
          .map((label) => (
            <option value={label} />
          ))}
      </datalist>
    </fieldset>
  )
}
