// How `npm run operate` shows answers: in tables for people.

/** Rows of texts in columns. Empty cells are a dash. */
export function table(head, rows) {
  const all = [head, ...rows.map((row) => row.map((cell) => clean(cell)))]
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column]))))
  const line = (row) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column] - widthOf(cell)))
      .join('  ')
      .trimEnd()
  return all.map(line).join('\n')
}

/** What people typed may have escapes of the terminal in it. */
const clean = (value) =>
  value === null || value === undefined || value === '' ? '–' : String(value).replaceAll(/\p{C}/gu, '�')

/** How many columns a text takes in a terminal: two for a wide letter. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u
const widthOf = (text) => [...text].reduce((width, letter) => width + (WIDE.test(letter) ? 2 : 1), 0)

const time = (iso) => (iso ? `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z` : null)

const section = (title, head, rows) => (rows.length === 0 ? `${title}: none` : `${title}\n${indent(table(head, rows))}`)
const indent = (text) => text.replaceAll(/^/gm, '  ')

const profileOf = (user, blockedAt) => [
  ['id', user.id],
  ['user name', user.username],
  ['e-mail', user.email],
  ['phone', user.phone],
  ['name', user.name],
  ['made', time(user.createdAt)],
  ['blocked', blockedAt === null ? 'no' : `since ${time(blockedAt)}`],
]

/** Names and their values, one a line. */
const list = (pairs) => {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${clean(value)}`).join('\n')
}

export const showFound = ({ blockedAt, ...user }) => list(profileOf(user, blockedAt))

const THROTTLES = {
  log_in: 'log-ins',
  known_device: 'log-ins on a known device',
  proof: 'proofs of the current password',
  way_back: 'ways back',
  second_factor: 'codes of the second factor',
  second_factor_known_device: 'codes of the second factor on a known device',
  second_factor_proof: 'codes of the second factor, signed in',
}

const factorOf = (factor) =>
  factor === null ? 'none' : `since ${time(factor.since)}, ${factor.recoveryCodesLeft} recovery codes left`

const nowOr = (iso) => (iso === null ? 'now' : time(iso))

export function showState(state) {
  const { user, blockedAt, throttles, quotas } = state
  const { todos } = quotas
  const detail = ({ id, event, at, device, country, sessionId, ...rest }) => Object.values(rest).join(', ')
  return [
    list([
      ...profileOf(user, blockedAt),
      ['logs in by', state.waysToLogIn.join(', ')],
      ['second factor', factorOf(state.secondFactor)],
      ['to-dos', `${todos.rows} of ${todos.maxRows}, ${todos.bytes} of ${todos.maxBytes} bytes`],
      ['can change identifiers', nowOr(quotas.identifierChangeAt)],
      ['can change the password', nowOr(quotas.passwordChangeAt)],
      ['can export', nowOr(quotas.exportAt)],
    ]),
    section(
      'Identities',
      ['provider', 'label', 'linked'],
      state.identities.map(({ name, label, createdAt }) => [name, label, time(createdAt)]),
    ),
    section(
      'Passkeys',
      ['name', 'backed up', 'added', 'last used'],
      state.passkeys.map((one) => [one.name, one.isBackedUp ? 'yes' : 'no', time(one.createdAt), time(one.lastUsedAt)]),
    ),
    section(
      'Sessions',
      ['id', 'device', 'country', 'began', 'last seen'],
      state.sessions.map((one) => [one.id, one.device, one.country, time(one.createdAt), time(one.lastSeenAt)]),
    ),
    section(
      'Wrong passwords',
      ['at', 'in a row', 'last', 'has to wait until'],
      throttles.passwords.map((one) => [
        THROTTLES[one.of],
        one.failures,
        time(one.lastFailureAt),
        time(one.blockedUntil),
      ]),
    ),
    section(
      'Codes of the last day',
      ['by', 'asked for by', 'sent', 'last', 'wrong guesses'],
      throttles.codes.map((one) => [
        one.channel,
        one.byKnownDevice ? 'known devices' : 'others',
        one.sent,
        time(one.lastSentAt),
        one.wrongGuesses,
      ]),
    ),
    section(
      'Requests to remove something',
      ['what', 'from', 'open'],
      state.removalRequests.map(({ target, effectiveAt, isOpen }) => [
        target,
        time(effectiveAt),
        isOpen ? 'yes' : 'no',
      ]),
    ),
    section(
      'Latest activity',
      ['at', 'what', 'more', 'device', 'country'],
      state.activity.map((entry) => [time(entry.at), entry.event, detail(entry), entry.device, entry.country]),
    ),
  ].join('\n\n')
}

const byCountry = (rows) => rows.map(({ country, count }) => [country ?? 'unknown', count])

export const showCounters = (counters) =>
  [
    `Since ${time(counters.since)}${counters.isComplete ? '' : ', but only the newest 20,000 entries'}`,
    section('Sign-ups', ['country', 'count'], byCountry(counters.signUps)),
    section('Log-ins', ['country', 'count'], byCountry(counters.logIns)),
    section(
      'Failures',
      ['what', 'count'],
      counters.failures.map(({ event, count }) => [event, count]),
    ),
    section(
      'Messages of this day (UTC)',
      ['by', 'part', 'sent', 'of them resets', 'left'],
      counters.messages.map(({ channel, pool, sent, resets, left }) => [channel, pool, sent, resets, left]),
    ),
    section(
      'Hours (UTC)',
      ['hour', 'wrong codes', 'wrong passwords', 'new accounts'],
      counters.hours.map((row) => [time(row.hour), row.wrongCodes, row.wrongPasswords, row.newAccounts]),
    ),
  ].join('\n\n')

export const showActs = (acts) =>
  table(
    ['at', 'operator', 'act', 'account', 'more'],
    acts.map(({ at, operator, act, userId, detail }) => [
      time(at),
      operator,
      act,
      userId,
      detail === null
        ? null
        : Object.entries(detail)
            .map(([name, value]) => `${name}: ${value}`)
            .join(', '),
    ]),
  )
