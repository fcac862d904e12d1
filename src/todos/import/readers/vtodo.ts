import { type ContentLine, splitTexts, unescapeText } from './content-lines'
import { type Draft, emptyDraft, keep, MAX_LABELS_READ, MAX_TAGGED, note, type Situation, setDue } from './draft'
import { addDuration, clockMs, dayOf, type IcsTime, readIcsTime, ruleInZone } from './ics-dates'

interface VtodoPlace {
  line: number
  list: string | null
  situation: Situation
}

/** What our own export calls the list of a to-do. */
export const OWN_LIST = 'X-LATCHKEY-LIST'

/** The first property of each name. */
type Properties = Map<string, ContentLine>

export function readVtodo(lines: ContentLine[], { line, list, situation }: VtodoPlace): Draft {
  const properties: Properties = new Map()
  for (const content of lines) if (!properties.has(content.name)) properties.set(content.name, content)
  const textOf = (name: string) => unescapeText(properties.get(name)?.value ?? '').trim()
  const uid = textOf('UID') || null
  const summary = textOf('SUMMARY')
  const draft = emptyDraft({ id: uid, key: `${list ?? ''}\n${summary}`, handle: uid ?? `line ${line}` })
  draft.contents = summary
  draft.description = textOf('DESCRIPTION')
  // Our own export says of each to-do which list it is in. Elsewhere a file is a list.
  draft.list = textOf(OWN_LIST) || list
  setState(draft, textOf, properties, situation)
  setPriority(draft, textOf('PRIORITY'))
  setDates(draft, properties, situation)
  const created = properties.get('CREATED')
  draft.createdAt = created ? instantMs(readIcsTime(created, situation)) : null
  for (const content of lines) takeRepeated(draft, content)
  return draft
}

const instantMs = (time: IcsTime | null): number | null => time?.instantMs ?? null

function setState(draft: Draft, textOf: (name: string) => string, properties: Properties, situation: Situation): void {
  const status = textOf('STATUS').toUpperCase()
  const percent = Number(textOf('PERCENT-COMPLETE') || 0)
  const completed = properties.get('COMPLETED')
  draft.isDone =
    status === 'COMPLETED' || status === 'CANCELLED' || (status === '' && (completed !== undefined || percent === 100))
  draft.completedAt = completed ? instantMs(readIcsTime(completed, situation)) : null
  if (status === 'CANCELLED') note(draft, 'cancelled')
  if (!draft.isDone && percent > 0) note(draft, 'progress_left_out', `${percent} %`)
  else if (status === 'IN-PROCESS') note(draft, 'progress_left_out', status)
}

/** RFC 5545, 3.8.1.9: 1 is the highest, 1 to 4 are high, 5 is medium, 6 to 9 are low. */
function setPriority(draft: Draft, typed: string): void {
  const value = typed === '' ? 0 : Number(typed)
  if (value === 0) return
  if (Number.isInteger(value) && value >= 1 && value <= 9) {
    draft.priority = value === 1 ? 'urgent' : value < 5 ? 'high' : value === 5 ? 'medium' : 'low'
  } else note(draft, 'priority_changed', typed)
}

function setDates(draft: Draft, properties: Properties, situation: Situation): void {
  const read = (name: string) => {
    const content = properties.get(name)
    const time = content ? readIcsTime(content, situation) : null
    if (content && !time) {
      draft.kept.push(content.text)
      note(draft, 'due_not_understood', content.value)
    }
    if (time && time.unknownZone !== null) note(draft, 'zone_unknown', time.unknownZone)
    return time
  }
  const start = read('DTSTART')
  const rrule = properties.get('RRULE')
  const duration = properties.get('DURATION')?.value
  const ended = start && duration !== undefined ? addDuration(start, duration, situation.zone) : null
  // What recurs is counted from its start. Without a due date, that is when it is to be done.
  const due = read('DUE') ?? ended ?? (rrule ? start : null)
  if (start && due !== start && (!due || clockMs(start) !== clockMs(due))) {
    keep(draft, 'DTSTART', properties.get('DTSTART')?.text ?? '')
  }
  if (!rrule) {
    draft.due = due?.due ?? null
    return
  }
  const rule = due ? situation.readRule(ruleInZone(rrule.value, due, { start, zones: situation })) : null
  setDue(draft, { due: due?.due ?? null, rule, typed: `RRULE:${rrule.value}` })
  const isShifted =
    draft.rule !== null && start && due && dayOf(start) !== dayOf(due) && /BY(?:MONTH)?DAY/.test(draft.rule)
  if (isShifted) note(draft, 'recurrence_from_start', rrule.value)
}

const IN_DESCRIPTION = ['LOCATION', 'URL', 'COMMENT', 'CONTACT', 'ORGANIZER', 'ATTENDEE', 'GEO', 'RESOURCES']

/** All that is read of a VTODO. */
export const VTODO_NAMES = new Set([
  ...[
    'UID',
    'SUMMARY',
    'DESCRIPTION',
    'STATUS',
    'PERCENT-COMPLETE',
    'COMPLETED',
    'CREATED',
    'PRIORITY',
    'RECURRENCE-ID',
    OWN_LIST,
  ],
  ...['DUE', 'DTSTART', 'DURATION', 'RRULE', 'EXDATE', 'RDATE', 'CATEGORIES', 'RELATED-TO', 'ATTACH'],
  ...IN_DESCRIPTION,
])

/** What a to-do may have more than once. */
function takeRepeated(draft: Draft, { name, params, value }: ContentLine): void {
  if (name === 'CATEGORIES') draft.labels.push(...categoriesOf(value, draft.labels.length))
  else if (name === 'EXDATE' || name === 'RDATE') note(draft, 'exceptions_left_out', `${name}:${value}`)
  else if (IN_DESCRIPTION.includes(name)) keep(draft, name, `${name}: ${unescapeText(value)}`)
  else if (name === 'ATTACH' && params.get('VALUE') !== 'BINARY') keep(draft, name, `${name}: ${value}`)
  else if (name === 'ATTACH') note(draft, 'attachments_left_out', params.get('FMTTYPE') ?? '')
  else if (name === 'RELATED-TO')
    takeRelation(draft, params.get('RELTYPE')?.toUpperCase() ?? 'PARENT', unescapeText(value).trim())
}

/** @param before how many the to-do has already. Nobody has so many that they would have to be told apart */
const categoriesOf = (value: string, before: number): string[] =>
  value.length > MAX_TAGGED || before >= MAX_LABELS_READ ? [value] : splitTexts(value)

function takeRelation(draft: Draft, type: string, uid: string): void {
  if (type === 'PARENT' && draft.parentHandle === null) draft.parentHandle = uid
  else if (type !== 'CHILD') keep(draft, 'RELATED-TO', `RELATED-TO: ${uid}`)
}
