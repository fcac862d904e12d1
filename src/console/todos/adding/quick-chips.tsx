import { dueColumnsOf } from '../../../todos/due'
import type { Chip } from '../../../todos/quick-add/chips'
import type { Reader } from '../../page/person'
import { dueOnChip } from '../due'
import { repeatInWords } from '../repeat-fields'

interface QuickChipsProps {
  reader: Reader
  chips: readonly Chip[]
  /** Where chips were taken off. */
  off: readonly number[]
}

/** What was understood of the text, each with a box: without its tick, the words stay in the text. */
export function QuickChips({ reader, chips, off }: QuickChipsProps) {
  const { t } = reader
  return (
    <>
      <input type="hidden" name="shown" value={chips.map(({ start }) => start).join()} />
      <input type="hidden" name="off" value={off.join()} />
      {chips.map((chip) => (
        <label class={`chip ${chip.kind}`} title={t.quick.takeOff(chip.typed)}>
          <input type="checkbox" name={`chip-${chip.start}`} value="true" checked />
          <span dir="auto">{chipInWords(reader, chip)}</span>
        </label>
      ))}
    </>
  )
}

function chipInWords(reader: Reader, chip: Chip): string {
  const { t } = reader
  switch (chip.kind) {
    case 'due':
      return chip.part === 'time' ? chip.typed : dueWords(reader, chip.due)
    case 'recurrence':
      return `${repeatInWords(t, chip.recurrence)} · ${dueWords(reader, chip.due)}`
    case 'priority':
      return t.todos.priorities[chip.priority]
    case 'label':
      return `#${chip.label}`
    case 'list':
      return chip.name
  }
}

/** A day has no instant. */
function dueWords(reader: Reader, due: string): string {
  const columns = dueColumnsOf({ due })
  const isDay = !due.includes('T')
  const dueAt = isDay || columns?.dueAt == null ? null : new Date(columns.dueAt).toISOString()
  return dueOnChip(reader, { due, dueAt })
}
