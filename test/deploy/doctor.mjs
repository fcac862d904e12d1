// What the Worker of the stand-in answers to an operator who examines it: `GET operator/doctor`. It has the names of its secrets, and counts
// what the rows of its database need, as src/operator/ does.

const utf8 = new TextEncoder()
const base64url = (bytes) => Buffer.from(bytes).toString('base64url')

async function kidOf(secret) {
  const key = await crypto.subtle.importKey('raw', utf8.encode(secret), 'HKDF', false, ['deriveBits'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8.encode('latchkey/kid') }
  return base64url(await crypto.subtle.deriveBits(how, key, 64))
}

async function pepperId(pepper) {
  const key = await crypto.subtle.importKey('raw', utf8.encode(pepper), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return base64url((await crypto.subtle.sign('HMAC', key, utf8.encode('latchkey/pepper-id'))).slice(0, 6))
}

export async function reportOf({ findings }, { request, version: { secrets, bindings }, database }) {
  const token = secrets.get('OPERATOR_TOKEN')
  if (token === undefined || request.headers.get('Authorization') !== `Bearer ${token}`) {
    return Response.json({ status: 404, title: 'There is nothing here' }, { status: 404 })
  }
  const nameOf = async (setting, name) => (secrets.has(setting) ? name(secrets.get(setting)) : null)
  const names = {
    kid: await nameOf('AUTH_SECRET', kidOf),
    previousKid: await nameOf('AUTH_SECRET_PREVIOUS', kidOf),
    id: await nameOf('PASSWORD_PEPPER', pepperId),
    previousId: await nameOf('PASSWORD_PEPPER_PREVIOUS', pepperId),
  }
  const settings = Object.fromEntries(bindings.map(({ name, text }) => [name, text]))
  return Response.json({ ...usual(names, { settings, database }), ...findings })
}

function usual({ kid, previousKid, id, previousId }, { settings, database }) {
  const now = new Date().toISOString()
  const hashes = database.sqlite
    .prepare('SELECT password_hash AS hash FROM users WHERE password_hash IS NOT NULL')
    .all()
  const kids = database.sqlite
    .prepare('SELECT kid FROM second_factors WHERE kid IS NOT NULL')
    .all()
    .map((row) => row.kid)
  const naming = (name) => hashes.filter(({ hash }) => hash.includes(`,p=${name}$`)).length
  const [previousHashes, currentHashes] = [previousId === null ? 0 : naming(previousId), naming(id)]
  const budgets = ['sms', 'email'].flatMap((channel) =>
    ['notices', 'known_devices', 'strangers'].map((pool) => ({ channel, pool, left: 300, size: 300 })),
  )
  return {
    now,
    schema: { wants: '0000_init', finds: '0000_init' },
    plan: settings.PLAN || 'paid',
    passwords: settings.PASSWORDS || 'on',
    publicOrigin: settings.PUBLIC_ORIGIN,
    channels: [
      { channel: 'sms', missing: null },
      { channel: 'email', missing: [] },
    ],
    providerFaults: [],
    alarms: true,
    signals: true,
    purge: { at: now, overdueSeconds: {} },
    budgets,
    kvWritesToday: 0,
    authSecret: { kid, previousKid, since: now, olderSessions: previousKid === null ? null : 0 },
    pepper: {
      id,
      previousId,
      hashes: hashes.length,
      previousHashes,
      unknownHashes: hashes.length - currentHashes - previousHashes,
      next: null,
    },
    secondFactors: {
      secrets: kids.length,
      previousSecrets: kids.filter((one) => one === previousKid).length,
      unknownSecrets: kids.filter((one) => one !== kid && one !== previousKid).length,
    },
  }
}
