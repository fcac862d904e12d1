import { describe, expect, it } from 'vitest'
import { linesOf, read, show } from './read'

const files = import.meta.glob<string>('./files/*', { query: '?raw', import: 'default', eager: true })
const fileOf = (name: string): string => files[`./files/${name}`] ?? ''

const CONTENT_TYPES: Record<string, string> = {
  csv: 'text/csv',
  txt: 'text/plain; charset=utf-8',
  ics: 'text/calendar',
  json: 'application/json',
}
const typeOf = (name: string): string => CONTENT_TYPES[name.split('.').at(-1) ?? ''] ?? ''

describe('each line of a file of', () => {
  it.each<[string, string, string[]]>([
    [
      'todoist.csv',
      'todoist',
      [
        '1 skipped heading',
        '2 skipped setting view_style=list',
        '3-4 [ ] Renew the passport | urgent | @errands @papers | due 2026-12-24 | "Bring a photo,\\nand the \\"old\\" one"',
        '5 [ ] Book an appointment | under Renew the passport | due 2026-12-24T18:00:00 Europe/Berlin | "DURATION: 30 minute" | ! moved_to_description DURATION',
        '6 [ ] Find the number | under Renew the passport | "It is on the back of the old passport." | ! nested_deeper',
        '7 skipped joined It is on the back of the old passport.',
        '8 skipped blank_line',
        '9 skipped list Home',
        '10 [ ] Water the plants | medium | in Home | due 2026-11-26 | FREQ=DAILY;INTERVAL=3 | ! start_guessed every! 3 days, recurrence_from_completion every! 3 days',
        '11 [ ] 주간 보고서 쓰기 | high | @일 | in Home | due 2026-11-30T09:00:00 Asia/Seoul | FREQ=WEEKLY;BYDAY=MO',
        '12 [ ] Müll rausbringen | in Home | due 2026-11-27 | FREQ=WEEKLY;BYDAY=FR',
        '13 [ ] Take the pills | in Home | "DATE: every 12 hours" | ! due_not_understood every 12 hours',
        '14 [ ] Someday | in Home | ! was_heading',
        '15 [ ] Paint the fence | in Home | under Home Someday | due 2026-04-10 | "RESPONSIBLE: Other (2)\\n\\nDEADLINE: 2027-06-01" | ! year_guessed 10 Apr, moved_to_description RESPONSIBLE, moved_to_description DEADLINE',
        '16 refused blank',
        '17 [ ] Water the plants | in Home',
        '18 refused unreadable widget',
      ],
    ],
    [
      'todo.txt',
      'todo.txt',
      [
        '1 [ ] Call the plumber | urgent | @phone | in Home | due 2026-11-30 | made 2026-10-31T15:00',
        '2 [x] Pay the rent | high | in Home | due 2026-11-21 | made 2026-11-01T15:00 | done 2026-11-19T15:00',
        '3 [ ] Write to @bob about the +Garden plan | low | @bob @computer | in Garden | "t:2026-12-01" | ! priority_changed F, moved_to_description t',
        '4 skipped blank_line',
        '5 [ ] Water the plants | in Home | due 2026-11-28 | FREQ=DAILY;INTERVAL=3 | made 2026-11-02T15:00 | ! recurrence_from_completion rec:3d',
        '6 [ ] Clean the filters | due 2027-01-15 | FREQ=MONTHLY;INTERVAL=2',
        '7 [ ] Back up the photos | due 2026-11-27 | FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
        '8 [ ] Read a book | "due:soon\\n\\nrec:daily" | ! due_not_understood soon, recurrence_left_out rec:daily',
        '9 [ ] +Home @phone | @phone | in Home',
        '10 [x] Buy milk https://example.com/list:1',
      ],
    ],
    [
      'calendar.ics',
      'icalendar',
      [
        '1-4 skipped heading Errands',
        '5-13 skipped not_a_todo VTIMEZONE',
        '14-29 [ ] Hand in the form, signed | urgent | @papers @town hall | in Errands | due 2026-12-24T18:00:00 Europe/Berlin | made 2026-10-30T10:15 | "Bring:\\n- the form\\n- a pen; a long line that a program has folded in the middle of a word\\n\\nLOCATION: Room 12" | ! moved_to_description LOCATION, reminder_left_out',
        '30-38 [x] Copy the form | in Errands | under one@example.com | due 2026-12-23 | done 2026-11-20T14:15',
        '39-44 [x] Buy ink | in Errands | under one@example.com | ! cancelled, nested_deeper',
        '45-49 skipped not_a_todo VEVENT',
        '50-60 [ ] Team meeting notes | medium | in Errands | due 2026-11-30T10:30:00 America/Sao_Paulo | FREQ=WEEKLY;BYDAY=MO;UNTIL=20270301T103000 | "DTSTART;TZID=/freeassociation.sourceforge.net/America/Sao_Paulo:20261130T090000" | ! progress_left_out 40 %, moved_to_description DTSTART, exceptions_left_out EXDATE:20261228T090000',
        '61-65 skipped changed_occurrence Team meeting notes, moved',
        '66-72 [ ] Take the pills | low | in Errands | due 2026-11-26T08:00:00 Asia/Seoul | "RRULE:FREQ=HOURLY;INTERVAL=12" | ! recurrence_left_out RRULE:FREQ=HOURLY;INTERVAL=12',
        '73-77 [ ] Without an id | in Errands | due 2026-11-27T08:00:00 Asia/Seoul | "ATTACH: https://example.com/list.pdf" | ! zone_unknown Customized Time Zone, moved_to_description ATTACH',
        '78-81 refused blank',
        '82 skipped heading Errands',
      ],
    ],
    [
      'google-tasks.json',
      'google_tasks',
      [
        '1 skipped list My Tasks',
        '2 [ ] Plan the trip | in My Tasks | due 2026-12-24 | made 2026-11-01T09:30 | "Ask about the train.\\nAnd the hotel.\\n\\nhttps://mail.google.com/mail/#all/1" | ! moved_to_description links',
        '3 [x] Buy the tickets | in My Tasks | under dGFzay1vbmU | done 2026-11-18T17:45',
        '4 refused blank',
        '5 skipped deleted An old idea',
        '6 skipped list 가족',
        '7 [ ] 할머니께 전화 | in 가족 | "due: someday" | ! due_not_understood someday',
        '8 skipped list Empty',
      ],
    ],
    [
      'microsoft-to-do.json',
      'microsoft_to_do',
      [
        '1 skipped list Tasks',
        '2 [ ] Prepare the talk | high | @Blue category @work | in Tasks | due 2026-12-24 | made 2026-11-02T07:15 | "First & last\\nslides\\nnotes\\n\\nTalks Talk 7 https://example.com/talks/7" | ! reminder_left_out, attachments_left_out, moved_to_description linkedResources',
        '3 [x] Find a title | in Tasks | under AAMkTASK1 | made 2026-11-02T07:16 | done 2026-11-03T09:00',
        '4 refused blank',
        '5 [ ] Pay the invoice | in Tasks | due 2026-11-30 | FREQ=MONTHLY;BYMONTHDAY=30;UNTIL=20271130 | "by transfer" | ! progress_left_out inProgress',
        '6 [x] Order paper | low | in Tasks | due 2026-11-09T18:30:00 Asia/Seoul | FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU;BYSETPOS=-1 | done 2026-11-10T00:00 | ! zone_unknown Nowhere Standard Time',
        '7 skipped list Shopping',
      ],
    ],
  ])('%s is accounted for: %s', (name, format, expected) => {
    const lines = linesOf(fileOf(name), typeOf(name))
    expect(read(fileOf(name), typeOf(name))).toEqual({ format, lines })
    expect(lines.map(show)).toEqual(expected)
  })
})

describe('a file', () => {
  it.each(Object.keys(files))('is the same with other line ends, and with a byte order mark: %s', (path) => {
    const text = files[path] ?? ''
    const before = read(text, typeOf(path))
    expect(read(`\ufeff${text.replaceAll('\n', '\r\n')}`, typeOf(path))).toEqual(before)
    expect(read(utf16(text), typeOf(path))).toEqual(before)
  })

  it.each(Object.keys(files))('is found by what it has, whatever its content type: %s', (path) => {
    const text = files[path] ?? ''
    const before = read(text, typeOf(path))
    const wrong = path.endsWith('.txt') ? ['', 'application/octet-stream'] : ['text/plain', 'application/pdf', '']
    for (const contentType of wrong) expect(read(text, contentType)).toEqual(before)
  })

  it('that is none of ours says so', () => {
    const unknown = (text: string | Uint8Array, contentType: string) =>
      expect(read(text, contentType)).toEqual({ fault: 'unknown_format' })
    unknown('name,date\nBuy milk,tomorrow\n', 'text/csv')
    unknown('', 'text/plain')
    unknown(' \n\n', 'text/plain')
    unknown('{"todos":[{"title":"Buy milk"}]}', 'application/json')
    unknown('[{"title":"Buy milk"}]', 'application/json')
    unknown('[1, 2', 'application/json')
    unknown('null', 'application/json')
    unknown('BEGIN:VCARD\nFN:Sample\nEND:VCARD\n', 'text/vcard')
    unknown('Buy milk\0', 'text/plain')
    unknown('Dear reader', 'text/html')
    expect(read(new Uint8Array([0x42, 0xe9, 0x21]), 'text/plain')).toEqual({ fault: 'unknown_encoding' })
  })

  it('of any text is a todo.txt, if its content type says plain text', () => {
    expect(linesOf('Buy milk\n할 일\n', 'text/plain').map(show)).toEqual(['1 [ ] Buy milk', '2 [ ] 할 일'])
  })

  it('has at most 5 MiB and 10,000 lines', () => {
    expect(read(new Uint8Array(5 * 1024 * 1024 + 1))).toEqual({ fault: 'too_large' })
    expect(linesOf('a\n'.repeat(10_000), 'text/plain')).toHaveLength(10_000)
    expect(read('a\n'.repeat(10_001), 'text/plain')).toEqual({ fault: 'too_many_lines' })
    expect(read('\n'.repeat(5_000_000), 'text/plain')).toEqual({ fault: 'unknown_format' })
    expect(read(`a${'\n'.repeat(5_000_000)}`, 'text/plain')).toEqual({ fault: 'too_many_lines' })
    expect(read(`[${'{},'.repeat(1_000_000)}{}]`, 'application/json')).toEqual({ fault: 'too_many_lines' })
    expect(read('['.repeat(5_000_000), 'application/json')).toEqual({ fault: 'too_many_lines' })
    expect(read('['.repeat(200_000), 'application/json')).toEqual({ fault: 'unknown_format' })
  })
})

/** UTF-16 LE, as a spreadsheet writes it. */
function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length + 2)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0xfeff, true)
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at + 2, text.charCodeAt(at), true)
  return bytes
}
