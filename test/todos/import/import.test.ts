import { describe, expect, it } from 'vitest'
import type { Report } from '../../../src/todos/import/report'
import { setClock } from '../../helpers/clock'
import { signUp } from '../../helpers/people'
import { expectNoChanges } from '../../helpers/storage'
import { allTodos, FILES, importSample, listNames, showLine, showTodo } from './import-file'
import { NOW } from './read'

/** Signs somebody up at the time of the sample files. */
async function alice() {
  setClock(NOW)
  return signUp('alice')
}

/** Every line of a file is in exactly one element, and the summary counts them. */
function expectWhole({ lines, summary }: Report): void {
  let next = 1
  for (const { line, lastLine = line } of lines) {
    expect(line).toBe(next)
    next = lastLine + 1
  }
  for (const [outcome, count] of Object.entries(summary)) {
    expect(lines.filter((one) => one.outcome === outcome)).toHaveLength(count)
  }
  for (const { notes } of lines) for (const { message } of notes) expect(message).toMatch(/^[A-Z].{5,}/)
}

describe('a file of', () => {
  it.each<[string, Report['summary'], string[], string[]]>([
    [
      'calendar.ics',
      { made: 6, changed: 0, unchanged: 0, refused: 1, skipped: 5 },
      [
        '1-4 skipped | heading Errands',
        '5-13 skipped | not_a_todo VTIMEZONE',
        '14-29 made # | Hand in the form, signed | moved_to_description LOCATION | reminder_left_out',
        '30-38 made # | Copy the form',
        '39-44 made # | Buy ink | cancelled | nested_deeper',
        '45-49 skipped | not_a_todo VEVENT',
        '50-60 made # | Team meeting notes | progress_left_out 40 % | moved_to_description DTSTART | exceptions_left_out EXDATE:20261228T090000',
        '61-65 skipped | changed_occurrence Team meeting notes, moved',
        '66-72 made # | Take the pills | recurrence_left_out RRULE:FREQ=HOURLY;INTERVAL=12',
        '73-77 made # | Without an id | zone_unknown Customized Time Zone | moved_to_description ATTACH',
        '78-81 refused | blank',
        '82 skipped | heading Errands',
      ],
      [
        '[ ] Hand in the form, signed | urgent | @papers | @town hall | in Errands | due 2026-12-24T18:00:00[Europe/Berlin] | at 2026-12-24T17:00:00.000Z | made 2026-10-30T10:15:00.000Z | "Bring:\\n- the form\\n- a pen; a long line that a program has folded in the middle of a word\\n\\nLOCATION: Room 12"',
        '[x] Copy the form | in Errands | under Hand in the form, signed | due 2026-12-23 | made 2026-11-20T14:15:00.000Z | done 2026-11-20T14:15:00.000Z',
        '[x] Buy ink | in Errands | under Hand in the form, signed | ~ | done 2026-11-26T10:00:00.000Z',
        '[ ] Team meeting notes | medium | in Errands | due 2026-11-30T10:30:00[America/Sao_Paulo] | at 2026-11-30T13:30:00.000Z | FREQ=WEEKLY;BYDAY=MO;UNTIL=20270301T103000 | ~ | "DTSTART;TZID=/freeassociation.sourceforge.net/America/Sao_Paulo:20261130T090000"',
        '[ ] Take the pills | low | in Errands | due 2026-11-26T08:00:00[Asia/Seoul] | at 2026-11-25T23:00:00.000Z | ~ | "RRULE:FREQ=HOURLY;INTERVAL=12"',
        '[ ] Without an id | in Errands | due 2026-11-27T08:00:00[Asia/Seoul] | at 2026-11-26T23:00:00.000Z | ~ | "ATTACH: https://example.com/list.pdf"',
      ],
    ],
    [
      'google-tasks.json',
      { made: 3, changed: 0, unchanged: 0, refused: 1, skipped: 4 },
      [
        '1 skipped | list My Tasks',
        '2 made # | Plan the trip | moved_to_description links',
        '3 made # | Buy the tickets',
        '4 refused | blank',
        '5 skipped | deleted An old idea',
        '6 skipped | list 가족',
        '7 made # | 할머니께 전화 | due_not_understood someday',
        '8 skipped | list Empty',
      ],
      [
        '[ ] Plan the trip | in My Tasks | due 2026-12-24 | made 2026-11-01T09:30:00.000Z | "Ask about the train.\\nAnd the hotel.\\n\\nhttps://mail.google.com/mail/#all/1"',
        '[x] Buy the tickets | in My Tasks | under Plan the trip | made 2026-11-18T17:45:12.000Z | done 2026-11-18T17:45:12.000Z',
        '[ ] 할머니께 전화 | in 가족 | ~ | "due: someday"',
      ],
    ],
    [
      'microsoft-to-do.json',
      { made: 4, changed: 0, unchanged: 0, refused: 1, skipped: 2 },
      [
        '1 skipped | list Tasks',
        '2 made # | Prepare the talk | reminder_left_out | attachments_left_out | moved_to_description linkedResources',
        '3 made # | Find a title',
        '4 refused | blank',
        '5 made # | Pay the invoice | progress_left_out inProgress',
        '6 made # | Order paper | zone_unknown Nowhere Standard Time | recurrence_left_out FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU;BYSETPOS=-1',
        '7 skipped | list Shopping',
      ],
      [
        '[ ] Prepare the talk | high | @Blue category | @work | in Tasks | due 2026-12-24 | made 2026-11-02T07:15:30.123Z | "First & last\\nslides\\nnotes\\n\\nTalks Talk 7 https://example.com/talks/7"',
        '[x] Find a title | in Tasks | under Prepare the talk | made 2026-11-02T07:16:00.000Z | done 2026-11-03T09:00:00.000Z',
        '[x] Order paper | low | in Tasks | due 2026-11-09T18:30:00[Asia/Seoul] | at 2026-11-09T09:30:00.000Z | made 2026-11-10T00:00:00.000Z | done 2026-11-10T00:00:00.000Z',
        '[ ] Pay the invoice | in Tasks | due 2026-11-30 | FREQ=MONTHLY;BYMONTHDAY=30;UNTIL=20271130 | ~ | "by transfer"',
      ],
    ],
    [
      'todo.txt',
      { made: 9, changed: 0, unchanged: 0, refused: 0, skipped: 1 },
      [
        '1 made # | Call the plumber',
        '2 made # | Pay the rent',
        '3 made # | Write to @bob about the +Garden plan | priority_changed F | moved_to_description t',
        '4 skipped | blank_line',
        '5 made # | Water the plants | recurrence_from_completion rec:3d',
        '6 made # | Clean the filters',
        '7 made # | Back up the photos',
        '8 made # | Read a book | due_not_understood soon | recurrence_left_out rec:daily',
        '9 made # | +Home @phone',
        '10 made # | Buy milk https://example.com/list:1',
      ],
      [
        '[ ] Call the plumber | urgent | @phone | in Home | due 2026-11-30 | made 2026-10-31T15:00:00.000Z',
        '[x] Pay the rent | high | in Home | due 2026-11-21 | made 2026-11-01T15:00:00.000Z | done 2026-11-19T15:00:00.000Z',
        '[ ] Water the plants | in Home | due 2026-11-28 | FREQ=DAILY;INTERVAL=3 | made 2026-11-02T15:00:00.000Z',
        '[ ] Write to @bob about the +Garden plan | low | @bob | @computer | in Garden | ~ | "t:2026-12-01"',
        '[ ] Clean the filters | due 2027-01-15 | FREQ=MONTHLY;INTERVAL=2 | ~',
        '[ ] Back up the photos | due 2026-11-27 | FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR | ~',
        '[ ] Read a book | ~ | "due:soon\\n\\nrec:daily"',
        '[ ] +Home @phone | @phone | in Home | ~',
        '[x] Buy milk https://example.com/list:1 | ~ | done 2026-11-26T10:00:00.000Z',
      ],
    ],
    [
      'todoist.csv',
      { made: 10, changed: 0, unchanged: 0, refused: 2, skipped: 5 },
      [
        '1 skipped | heading',
        '2 skipped | setting view_style=list',
        '3-4 made # | Renew the passport',
        '5 made # | Book an appointment | moved_to_description DURATION',
        '6 made # | Find the number | nested_deeper',
        '7 skipped | joined It is on the back of the old passport.',
        '8 skipped | blank_line',
        '9 skipped | list Home',
        '10 made # | Water the plants | start_guessed every! 3 days | recurrence_from_completion every! 3 days',
        '11 made # | 주간 보고서 쓰기',
        '12 made # | Müll rausbringen',
        '13 made # | Take the pills | due_not_understood every 12 hours',
        '14 made # | Someday | was_heading',
        '15 made # | Paint the fence | year_guessed 10 Apr | moved_to_description RESPONSIBLE | moved_to_description DEADLINE',
        '16 refused | blank',
        '17 made # | Water the plants',
        '18 refused | unreadable widget',
      ],
      [
        '[ ] Renew the passport | urgent | @errands | @papers | due 2026-12-24 | ~ | "Bring a photo,\\nand the \\"old\\" one"',
        '[ ] Book an appointment | under Renew the passport | due 2026-12-24T18:00:00[Europe/Berlin] | at 2026-12-24T17:00:00.000Z | ~ | "DURATION: 30 minute"',
        '[ ] Find the number | under Renew the passport | ~ | "It is on the back of the old passport."',
        '[ ] Water the plants | medium | in Home | due 2026-11-26 | FREQ=DAILY;INTERVAL=3 | ~',
        '[ ] 주간 보고서 쓰기 | high | @일 | in Home | due 2026-11-30T09:00:00[Asia/Seoul] | at 2026-11-30T00:00:00.000Z | FREQ=WEEKLY;BYDAY=MO | ~',
        '[ ] Müll rausbringen | in Home | due 2026-11-27 | FREQ=WEEKLY;BYDAY=FR | ~',
        '[ ] Take the pills | in Home | ~ | "DATE: every 12 hours"',
        '[ ] Someday | in Home | ~',
        '[ ] Paint the fence | in Home | under Someday | due 2026-04-10 | ~ | "RESPONSIBLE: Other (2)\\n\\nDEADLINE: 2027-06-01"',
        '[ ] Water the plants | in Home | ~',
      ],
    ],
  ])('%s says what becomes of each line, and then does it', async (name, summary, lines, expected) => {
    const { client, user } = await alice()
    const dry = await expectNoChanges(() => importSample(client, name, { dryRun: true }))
    const real = await importSample(client, name)
    expect([dry.status, real.status]).toEqual([200, 200])
    expect(dry.body).toEqual(real.body)
    expectWhole(real.body)
    expect(real.body.summary).toEqual(summary)
    expect(real.body.lines.map(showLine)).toEqual(lines)
    const [todos, lists] = [await allTodos(client), await listNames(user.id)]
    expect(todos.map((todo) => showTodo(todo, { todos, lists }, NOW))).toEqual(expected)
    const ids = real.body.lines.flatMap(({ todoId }) => todoId ?? [])
    expect(ids.toSorted()).toEqual(todos.map(({ id }) => id).toSorted())
  })
})

describe('the same file again', () => {
  it.each(FILES)('makes nothing, and changes nothing: %s', async (name) => {
    const { client } = await alice()
    const { summary, lines } = (await importSample(client, name)).body
    const { made, refused, skipped } = summary
    // On another day too, when words such as `every day` mean another date.
    for (const day of [0, 1, 10]) {
      setClock(NOW + day * 86_400_000)
      if (day > 0) expect((await client.post('/auth/refresh')).status).toBe(200)
      const again = await expectNoChanges(() => importSample(client, name))
      expect(again.body.summary).toEqual({ made: 0, changed: 0, unchanged: made, refused, skipped })
      expect(again.body.lines.map(({ todoId }) => todoId)).toEqual(lines.map(({ todoId }) => todoId))
      expectWhole(again.body)
    }
  })
})
