import { describe, expect, it } from 'vitest'
import { readDateWords } from '../../../src/todos/import/readers/words/read-date-words'
import { readRule } from '../../../src/todos/recurrence'
import { NOW, ZONE } from './read'

/** The due date, the rule, `!` if it counts from the day when it is done, and `?` if the year is guessed. */
function words(typed: string, language: string): string | null {
  const found = readDateWords(typed, { language, now: NOW, zone: ZONE })
  if (!found) return null
  const { due, rule, isFromCompletion, isYearGuessed } = found
  if (rule !== null) expect(readRule(rule)).toBe(rule)
  if ('zone' in due) expect(due.zone).toBe(ZONE)
  const time = 'day' in due ? due.day : 'wallClock' in due ? due.wallClock.slice(0, 16) : null
  const utc = 'instant' in due && `${new Date(due.instant).toISOString().slice(0, 16)} UTC`
  return [time ?? utc, rule, isFromCompletion && '!', isYearGuessed && '?'].filter((part) => part).join(' ')
}

const TABLES: Record<string, [typed: string, expected: string | null][]> = {
  en: [
    ['every mon-fri', null],
    ['jan 1 to jan 5', null],
    ['last friday', null],
    ['12 am', '2026-11-26T00:00'],
    ['12:30 pm', '2026-11-26T12:30'],
    ['every year on the 3rd friday of november', '2027-11-19 FREQ=YEARLY;BYMONTH=11;BYDAY=3FR'],
    ['every month on the last friday', '2026-11-27 FREQ=MONTHLY;BYDAY=-1FR'],
    ['every 2 weeks on monday', '2026-11-30 FREQ=WEEKLY;INTERVAL=2;BYDAY=MO'],
    ['today', '2026-11-26'],
    ['tomorrow 5pm', '2026-11-27T17:00'],
    ['tom at 5', '2026-11-27T05:00'],
    ['every day', '2026-11-26 FREQ=DAILY'],
    ['daily', '2026-11-26 FREQ=DAILY'],
    ['every! 2 weeks', '2026-11-26 FREQ=WEEKLY;INTERVAL=2 !'],
    ['every other tuesday 7am', '2026-12-01T07:00 FREQ=WEEKLY;INTERVAL=2;BYDAY=TU'],
    ['every mon, tues, wed, and fri', '2026-11-27 FREQ=WEEKLY;BYDAY=MO,TU,WE,FR'],
    ['every 3rd friday', '2026-12-18 FREQ=MONTHLY;BYDAY=3FR'],
    ['every 27th', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['every 27', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['every jan 27th', '2027-01-27 FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=27'],
    ['every last day', '2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['every weekday', '2026-11-26 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['every weekend', '2026-11-28 FREQ=WEEKLY;BYDAY=SA'],
    ['every morning', '2026-11-26T09:00 FREQ=DAILY'],
    ['every evening at 18:30', '2026-11-26T18:30 FREQ=DAILY'],
    ['every 2 fridays', '2026-11-27 FREQ=WEEKLY;INTERVAL=2;BYDAY=FR'],
    ['every 1st workday', '2026-12-01 FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1'],
    ['every last workday', '2026-11-30 FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'],
    ['every hour', null],
    ['every 12 hours starting 07:00 PM', null],
    ['every day for 3 weeks', '2026-11-26 FREQ=DAILY;UNTIL=20261216'],
    ['every day starting 1 Dec ending 24 Dec', '2026-12-01 FREQ=DAILY;UNTIL=20261224 ?'],
    ['every 14 days 7am starting 1 Nov', '2026-11-01T07:00 FREQ=DAILY;INTERVAL=14 ?'],
    ['every quarter', '2026-11-26 FREQ=MONTHLY;INTERVAL=3'],
    ['every 15, 27', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=15,27'],
    ['every 1st and 3rd monday', '2026-12-07 FREQ=MONTHLY;BYDAY=1MO,3MO'],
    ['Dec 24 2026 18:00', '2026-12-24T18:00'],
    ['24 Dec 2026', '2026-12-24'],
    ['2026-12-24', '2026-12-24'],
    ['2026-12-24T18:00:00', '2026-12-24T18:00'],
    ['2026-12-24 18:00:00Z', '2026-12-24T18:00 UTC'],
    ['12/24/2026', '2026-12-24'],
    ['24 Dec', '2026-12-24 ?'],
    ['10 Apr 17:15', '2026-04-10T17:15 ?'],
    ['Fri 24 Dec', '2026-12-24 ?'],
    ['next week', '2026-11-30'],
    ['next monday', '2026-11-30'],
    ['in 3 days', '2026-11-29'],
    ['monday', '2026-11-30'],
    ['27th', '2026-11-27 ?'],
    ['13th at noon', '2026-12-13T12:00 ?'],
    ['every', null],
    ['every day but not in May', null],
    ['every 2nd', '2026-12-02 FREQ=MONTHLY;BYMONTHDAY=2'],
    ['every year', '2026-11-26 FREQ=YEARLY'],
    ['5pm', '2026-11-26T17:00'],
    ['every month', '2026-11-26 FREQ=MONTHLY'],
    ['monthly', '2026-11-26 FREQ=MONTHLY'],
    ['every last friday', '2026-11-27 FREQ=MONTHLY;BYDAY=-1FR'],
    ['every second day', '2026-11-26 FREQ=DAILY;INTERVAL=2'],
    ['3 days', '2026-11-29'],
    ['feb 30', null],
    ['every feb 30', null],
    ['every 6 weeks', '2026-11-26 FREQ=WEEKLY;INTERVAL=6'],
    ['every mon 9:00', '2026-11-30T09:00 FREQ=WEEKLY;BYDAY=MO'],
    ['every wednesday at 5 p.m.', '2026-12-02T17:00 FREQ=WEEKLY;BYDAY=WE'],
    ['the 27th of every month', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['every 27th of the month', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['every first day of the month', '2026-12-01 FREQ=MONTHLY;BYMONTHDAY=1'],
    ['every last day of the month', '2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['every 3 months', '2026-11-26 FREQ=MONTHLY;INTERVAL=3'],
    ['every 3rd workday', '2026-12-03 FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=3'],
    ['tuesday next week', '2026-12-01'],
    ['in 2 weeks 3pm', '2026-12-10T15:00'],
    ['every 31 dec', '2026-12-31 FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31'],
    ['every day at 25:00', null],
    ['every tues and thurs', '2026-11-26 FREQ=WEEKLY;BYDAY=TU,TH'],
    ['every 3rd month', '2026-11-26 FREQ=MONTHLY;INTERVAL=3'],
    ['every day 27', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['every month on the 5th', '2026-12-05 FREQ=MONTHLY;BYMONTHDAY=5'],
    ['every 2nd friday of the month', '2026-12-11 FREQ=MONTHLY;BYDAY=2FR'],
    ['every year on jan 5', '2027-01-05 FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=5'],
    ['every 5 jan and 6 jan', '2027-01-05 FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=5,6'],
  ],
  ko: [
    ['3개월 후', '2027-02-26'],
    ['12월', null],
    ['오늘', '2026-11-26'],
    ['내일 오후 5시', '2026-11-27T17:00'],
    ['모레', '2026-11-28'],
    ['매일', '2026-11-26 FREQ=DAILY'],
    ['매일 오전 9시 30분', '2026-11-26T09:30 FREQ=DAILY'],
    ['매주 월요일', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['매주 월, 수, 금', '2026-11-27 FREQ=WEEKLY;BYDAY=MO,WE,FR'],
    ['격주 월요일', '2026-11-30 FREQ=WEEKLY;INTERVAL=2;BYDAY=MO'],
    ['2주마다 월요일', '2026-11-30 FREQ=WEEKLY;INTERVAL=2;BYDAY=MO'],
    ['3일마다', '2026-11-26 FREQ=DAILY;INTERVAL=3'],
    ['매월 27일', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['매월 말일', '2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['매월 셋째 금요일', '2026-12-18 FREQ=MONTHLY;BYDAY=3FR'],
    ['매월 3번째 금요일', '2026-12-18 FREQ=MONTHLY;BYDAY=3FR'],
    ['매년 1월 27일', '2027-01-27 FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=27'],
    ['평일마다', '2026-11-26 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['매 평일', '2026-11-26 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['12월 24일', '2026-12-24 ?'],
    ['2026년 12월 24일 18:00', '2026-12-24T18:00'],
    ['2026. 12. 24.', '2026-12-24'],
    ['다음 주 월요일', '2026-11-30'],
    ['3일 후', '2026-11-29'],
    ['매달 마지막 금요일', '2026-11-27 FREQ=MONTHLY;BYDAY=-1FR'],
    ['매일 아침', '2026-11-26T09:00 FREQ=DAILY'],
    ['2026년 12월 24일 오후 6시 반', '2026-12-24T18:30'],
    ['월요일', '2026-11-30'],
    ['30분마다', null],
    ['매주 화요일 저녁 7시', '2026-12-01T19:00 FREQ=WEEKLY;BYDAY=TU'],
  ],
  ja: [
    ['今日', '2026-11-26'],
    ['明日の午後4時', '2026-11-27T16:00'],
    ['明後日', '2026-11-28'],
    ['毎日', '2026-11-26 FREQ=DAILY'],
    ['毎朝', '2026-11-26T09:00 FREQ=DAILY'],
    ['毎晩', '2026-11-26T19:00 FREQ=DAILY'],
    ['毎週月曜日', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['毎週月曜日、金曜日', '2026-11-27 FREQ=WEEKLY;BYDAY=MO,FR'],
    ['隔週', '2026-11-26 FREQ=WEEKLY;INTERVAL=2'],
    ['隔週月曜日', '2026-11-30 FREQ=WEEKLY;INTERVAL=2;BYDAY=MO'],
    ['3日ごと', '2026-11-26 FREQ=DAILY;INTERVAL=3'],
    ['3日毎!', '2026-11-26 FREQ=DAILY;INTERVAL=3 !'],
    ['平日', '2026-11-26 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['毎平日', '2026-11-26 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['毎月27日', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['毎月第3金曜日', '2026-12-18 FREQ=MONTHLY;BYDAY=3FR'],
    ['毎月第三火曜日', '2026-12-15 FREQ=MONTHLY;BYDAY=3TU'],
    ['毎月月末', '2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['毎年7月19日', '2027-07-19 FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=19'],
    ['12月24日', '2026-12-24 ?'],
    ['2026年12月24日 18時30分', '2026-12-24T18:30'],
    ['来週', '2026-11-30'],
    ['毎週水曜日', '2026-12-02 FREQ=WEEKLY;BYDAY=WE'],
    ['1時間ごと', null],
    ['毎週土日', '2026-11-28 FREQ=WEEKLY;BYDAY=SA,SU'],
    ['毎週19時30分', '2026-11-26T19:30 FREQ=WEEKLY'],
  ],
  de: [
    ['morgen früh', '2026-11-27T09:00'],
    ['heute Abend um 8', '2026-11-26T20:00'],
    ['heute', '2026-11-26'],
    ['morgen 17 Uhr', '2026-11-27T17:00'],
    ['morgen um 17:00', '2026-11-27T17:00'],
    ['übermorgen', '2026-11-28'],
    ['jeden Tag', '2026-11-26 FREQ=DAILY'],
    ['täglich', '2026-11-26 FREQ=DAILY'],
    ['jeden Freitag', '2026-11-27 FREQ=WEEKLY;BYDAY=FR'],
    ['alle 2 Wochen', '2026-11-26 FREQ=WEEKLY;INTERVAL=2'],
    ['jede Woche', '2026-11-26 FREQ=WEEKLY'],
    ['jeden 27.', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['jeden letzten Tag', '2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['jeden 3. Freitag', '2026-12-18 FREQ=MONTHLY;BYDAY=3FR'],
    ['jeden Werktag', '2026-11-26 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['jeden zweiten Tag', '2026-11-26 FREQ=DAILY;INTERVAL=2'],
    ['24. Dezember 2026', '2026-12-24'],
    ['24.12.2026', '2026-12-24'],
    ['24.12.', '2026-12-24 ?'],
    ['24 Dez 2026 18:00', '2026-12-24T18:00'],
    ['nächsten Montag', '2026-11-30'],
    ['in 3 Tagen', '2026-11-29'],
    ['jeden Morgen', '2026-11-26T09:00 FREQ=DAILY'],
    ['jedes Jahr', '2026-11-26 FREQ=YEARLY'],
    ['jeden Montag um 9', '2026-11-30T09:00 FREQ=WEEKLY;BYDAY=MO'],
    ['jeden 1. Januar', '2027-01-01 FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1'],
    ['jeden ersten Montag', '2026-12-07 FREQ=MONTHLY;BYDAY=1MO'],
    ['jeden Mo, Mi und Fr', '2026-11-27 FREQ=WEEKLY;BYDAY=MO,WE,FR'],
    ['jeden Monat', '2026-11-26 FREQ=MONTHLY'],
    ['alle 3 Monate am 15.', '2026-12-15 FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15'],
    ['montags', '2026-11-30'],
  ],
  fr: [
    ["aujourd'hui", '2026-11-26'],
    ['demain à 17h', '2026-11-27T17:00'],
    ['demain 17h30', '2026-11-27T17:30'],
    ['après-demain', '2026-11-28'],
    ['chaque jour', '2026-11-26 FREQ=DAILY'],
    ['tous les jours', '2026-11-26 FREQ=DAILY'],
    ['tous les lundis', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['chaque lundi', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['toutes les 2 semaines', '2026-11-26 FREQ=WEEKLY;INTERVAL=2'],
    ['chaque 27', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['le 27 de chaque mois', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['tous les 3e vendredis', '2026-12-18 FREQ=MONTHLY;BYDAY=3FR'],
    ['tous les jours ouvrés', '2026-11-26 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['24 décembre 2026', '2026-12-24'],
    ['24 déc. 2026 18:00', '2026-12-24T18:00'],
    ['lundi prochain', '2026-11-30'],
    ['dans 3 jours', '2026-11-29'],
    ['chaque matin', '2026-11-26T09:00 FREQ=DAILY'],
    ['chaque dernier jour', '2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['chaque mois', '2026-11-26 FREQ=MONTHLY'],
    ['tous les ans', '2026-11-26 FREQ=YEARLY'],
    ['24/12/2026', '2026-12-24'],
    ['chaque premier lundi', '2026-12-07 FREQ=MONTHLY;BYDAY=1MO'],
    ['tous les lundis à 18 heures', '2026-11-30T18:00 FREQ=WEEKLY;BYDAY=MO'],
    ['tous les 1er du mois', '2026-12-01 FREQ=MONTHLY;BYMONTHDAY=1'],
  ],
  es: [
    ['cada día a las 8 de la noche', '2026-11-26T20:00 FREQ=DAILY'],
    ['cada día a las 8 de la mañana', '2026-11-26T08:00 FREQ=DAILY'],
    ['hoy', '2026-11-26'],
    ['mañana a las 17:00', '2026-11-27T17:00'],
    ['pasado mañana', '2026-11-28'],
    ['cada día', '2026-11-26 FREQ=DAILY'],
    ['todos los días', '2026-11-26 FREQ=DAILY'],
    ['cada lunes', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['cada 2 semanas', '2026-11-26 FREQ=WEEKLY;INTERVAL=2'],
    ['cada 27', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['todos los lunes', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['cada día laborable', '2026-11-26 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['24 de diciembre de 2026', '2026-12-24'],
    ['24 dic 2026 18:00', '2026-12-24T18:00'],
    ['próximo lunes', '2026-11-30'],
    ['en 3 días', '2026-11-29'],
    ['cada mañana', '2026-11-26T09:00 FREQ=DAILY'],
    ['cada último día', '2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['cada mes', '2026-11-26 FREQ=MONTHLY'],
    ['cada tercer viernes', '2026-12-18 FREQ=MONTHLY;BYDAY=3FR'],
    ['cada mar', '2026-12-01 FREQ=WEEKLY;BYDAY=TU'],
    ['24 mar', '2026-03-24 ?'],
    ['cada miércoles a las 5 pm', '2026-12-02T17:00 FREQ=WEEKLY;BYDAY=WE'],
  ],
  pt_BR: [
    ['hoje', '2026-11-26'],
    ['amanhã às 17:00', '2026-11-27T17:00'],
    ['depois de amanhã', '2026-11-28'],
    ['todo dia', '2026-11-26 FREQ=DAILY'],
    ['todos os dias', '2026-11-26 FREQ=DAILY'],
    ['toda segunda', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['toda segunda-feira', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['a cada 2 semanas', '2026-11-26 FREQ=WEEKLY;INTERVAL=2'],
    ['todo dia 27', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['todo dia útil', '2026-11-26 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['24 de dezembro de 2026', '2026-12-24'],
    ['24 dez 2026 18:00', '2026-12-24T18:00'],
    ['próxima segunda', '2026-11-30'],
    ['em 3 dias', '2026-11-29'],
    ['toda manhã', '2026-11-26T09:00 FREQ=DAILY'],
    ['todo último dia', '2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['todo mês', '2026-11-26 FREQ=MONTHLY'],
    ['toda terceira sexta', '2026-12-18 FREQ=MONTHLY;BYDAY=3FR'],
    ['cada terça e quinta', '2026-11-26 FREQ=WEEKLY;BYDAY=TU,TH'],
    ['daqui a 3 dias', '2026-11-29'],
  ],
  it: [
    ['oggi', '2026-11-26'],
    ['domani alle 17:00', '2026-11-27T17:00'],
    ['ogni giorno', '2026-11-26 FREQ=DAILY'],
    ['ogni lunedì', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['ogni 2 settimane', '2026-11-26 FREQ=WEEKLY;INTERVAL=2'],
    ['24 dicembre 2026', '2026-12-24'],
    ['ogni mar', '2026-12-01 FREQ=WEEKLY;BYDAY=TU'],
    ['24 mar 2027', '2027-03-24'],
  ],
  nl: [
    ['vandaag', '2026-11-26'],
    ['morgen om 17 uur', '2026-11-27T17:00'],
    ['elke dag', '2026-11-26 FREQ=DAILY'],
    ['elke maandag', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['elke 2 weken', '2026-11-26 FREQ=WEEKLY;INTERVAL=2'],
    ['24 december 2026', '2026-12-24'],
  ],
  ru: [
    ['24 дек. 2026', '2026-12-24'],
    ['24 декабря 2026 18:00', '2026-12-24T18:00'],
  ],
  pl: [
    ['24 grudnia 2026', '2026-12-24'],
    ['24 gru 2026', '2026-12-24'],
  ],
  zh_CN: [
    ['2026年12月24日', '2026-12-24'],
    ['每天', '2026-11-26 FREQ=DAILY'],
    ['每周一', '2026-11-30 FREQ=WEEKLY;BYDAY=MO'],
    ['每月27日', '2026-11-27 FREQ=MONTHLY;BYMONTHDAY=27'],
    ['明天下午5点', '2026-11-27T17:00'],
    ['每周一 9:00', '2026-11-30T09:00 FREQ=WEEKLY;BYDAY=MO'],
    ['每3天', '2026-11-26 FREQ=DAILY;INTERVAL=3'],
    ['12月24日', '2026-12-24 ?'],
  ],
  sv: [['24 dec. 2026', '2026-12-24']],
  xx: [['every day', '2026-11-26 FREQ=DAILY']],
}

describe.each(Object.entries(TABLES))('words of dates in %s', (language, table) => {
  it.each(table)('%s', (typed, expected) => {
    expect(words(typed, language)).toBe(expected)
  })
})

it('takes all of the words, or none', () => {
  for (const [language, table] of Object.entries(TABLES)) {
    for (const [typed] of table) {
      for (const other of [`${typed} qqq`, `qqq ${typed}`]) expect(words(other, language)).toBeNull()
    }
  }
  expect(words('every day '.repeat(20), 'en')).toBeNull()
})

it('takes accents, upper case and width as they come', () => {
  expect(words('CADA MIERCOLES', 'es')).toBe(words('cada miércoles', 'es'))
  expect(words('Ｅｖｅｒｙ　３ ｄａｙｓ', 'en')).toBe(words('every 3 days', 'en'))
  expect(words('매주 월요일'.normalize('NFD'), 'ko')).toBe(words('매주 월요일', 'ko'))
  expect(words('aujourd’hui', 'fr')).toBe(words("aujourd'hui", 'fr'))
})

it('takes the day of the person: in Seoul it is tomorrow already', () => {
  const lateInUtc = { language: 'en', now: Date.parse('2026-11-26T20:00:00Z') }
  expect(readDateWords('today', { ...lateInUtc, zone: 'Asia/Seoul' })?.due).toEqual({ day: '2026-11-27' })
  expect(readDateWords('today', { ...lateInUtc, zone: 'America/Sao_Paulo' })?.due).toEqual({ day: '2026-11-26' })
})

it('takes a day without a year as one of this year, and in January one of December as past', () => {
  const january = { language: 'en', now: Date.parse('2027-01-03T10:00:00Z'), zone: ZONE }
  expect(readDateWords('24 Dec', january)?.due).toEqual({ day: '2026-12-24' })
  expect(readDateWords('24 Oct', january)?.due).toEqual({ day: '2027-10-24' })
})

it('says where it does not know when a recurrence began', () => {
  const isGuessed = (typed: string) => readDateWords(typed, { language: 'en', now: NOW, zone: ZONE })?.isStartGuessed
  for (const typed of ['every 3 days', 'every week', 'every other tuesday', 'yearly', 'every! 2 months']) {
    expect(isGuessed(typed)).toBe(true)
  }
  for (const typed of [
    'every day',
    'every tuesday',
    'every 27th',
    'every jan 5',
    'every 3 days from 1 dec',
    'tomorrow',
  ]) {
    expect(isGuessed(typed)).toBe(false)
  }
})

it('begins with the first day that is not before the start, or after a time that has passed', () => {
  expect(words('every friday from 1 Jan 2027', 'en')).toBe('2027-01-01 FREQ=WEEKLY;BYDAY=FR')
  expect(words('every thursday at 18:00', 'en')).toBe('2026-12-03T18:00 FREQ=WEEKLY;BYDAY=TH')
  expect(words('every thursday at 20:00', 'en')).toBe('2026-11-26T20:00 FREQ=WEEKLY;BYDAY=TH')
  expect(words('every feb 29', 'en')).toBe('2028-02-29 FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29')
})
