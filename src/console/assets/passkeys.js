// Passkeys: signs in by one, adds one, and tells the browser which ones there still are. Only the pages that need it load it, and they work
// without it: what it shows is hidden until it knows that the browser can.

/** A challenge is good for five minutes. The rest is for the person to answer, and for the answer to come. */
const FRESH_MS = 4 * 60_000
const LOOK_MS = 30_000

/** Nobody answers faster. What is refused earlier was refused by the browser, and would be again. */
const ANSWER_MS = 500

/** Browsers end at once what is to end. Password managers do not always do it. */
const END_MS = 1000

// Not every password manager gives credentials with `toJSON`, and older browsers cannot parse options.
const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
const encode = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const withBytes = (all = []) => all.map((one) => ({ ...one, id: decode(one.id) }))

const parse = ({ challenge, user, allowCredentials, excludeCredentials, ...options }) => ({
  ...options,
  challenge: decode(challenge),
  allowCredentials: withBytes(allowCredentials),
  excludeCredentials: withBytes(excludeCredentials),
  ...(user && { user: { ...user, id: decode(user.id) } }),
})

const BINARY = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']

function toText({ rawId, type, response }) {
  const id = encode(rawId)
  const answer = { transports: response.getTransports?.() ?? undefined }
  for (const name of BINARY) if (response[name]?.byteLength > 0) answer[name] = encode(response[name])
  return JSON.stringify({ id, rawId: id, type, response: answer })
}

const statusOf = (form) => form.querySelector('[role=status]')

const WORDS = {
  NotAllowedError: 'cancelled',
  AbortError: 'cancelled',
  InvalidStateError: 'existing',
  ConstraintError: 'unsuitable',
  NotSupportedError: 'unsuitable',
}

/** Says in the status of a form why nothing came of it: its `data-` attributes have the words. */
function sayWhy(form, error) {
  const status = statusOf(form)
  status.textContent = status.dataset[WORDS[error.name]] ?? status.dataset.failed
}

/** Runs what the button of a form is for, once at a time. */
function onClick(form, run) {
  let isBusy = false
  form.querySelector('button').addEventListener('click', async () => {
    if (isBusy) return
    isBusy = true
    statusOf(form).textContent = ''
    try {
      await run()
    } catch (error) {
      sayWhy(form, error)
    }
    isBusy = false
  })
  form.hidden = false
  // Where passkeys come first, console.js could not focus the button: it was hidden.
  const button = form.querySelector('[data-focus]')
  if (!document.querySelector('[aria-invalid]') && location.hash === '') button?.focus()
}

function signIn(form) {
  let options = null
  let asked = { abort: () => undefined, ended: null }
  let isAsking = false
  /** An answer is on its way, and the next page comes. */
  let isSent = false

  const isFresh = () => options !== null && Date.now() - options.at < FRESH_MS

  async function readOptions() {
    if (!isFresh()) {
      const at = Date.now()
      const answer = await fetch('/api/v1/auth/passkeys/options', { method: 'POST' })
      if (!answer.ok) throw new Error(`Status ${answer.status}`)
      options = { at, ...(await answer.json()) }
    }
    return parse(options.publicKey)
  }

  /** Asks for a passkey, and signs in by it. Browsers ask for one at a time, so this first ends what was asked before. */
  async function ask(mediation) {
    const before = asked
    const controller = new AbortController()
    const { signal } = controller
    const get = async () => {
      before.abort()
      await Promise.race([before.ended?.catch(() => undefined), new Promise((end) => setTimeout(end, END_MS))])
      const publicKey = await readOptions()
      signal.throwIfAborted()
      const since = Date.now()
      const credential = await navigator.credentials.get({ publicKey, signal, mediation }).catch((error) => {
        error.isAnswer = Date.now() - since > ANSWER_MS
        throw error
      })
      signal.throwIfAborted()
      form.elements.response.value = toText(credential)
      options = null
      isSent = true
      form.submit()
    }
    asked = { abort: () => controller.abort(), ended: get() }
    await asked.ended
  }

  /** Offers passkeys where people type their name. */
  async function offer() {
    const isAble = await PublicKeyCredential.isConditionalMediationAvailable?.()
    if (!isAble || isAsking || isSent) return
    try {
      await ask('conditional')
    } catch (error) {
      if (error.name !== 'NotAllowedError' || !error.isAnswer) return
      sayWhy(form, error)
      offer()
    }
  }

  onClick(form, async () => {
    if (isSent) return
    isAsking = true
    try {
      await ask('optional')
    } finally {
      isAsking = false
      if (options !== null) offer()
    }
  })
  offer()

  // Nobody sees a page in the background, so it asks for nothing until it is shown again.
  const renew = () => {
    if (!document.hidden && !isAsking && options !== null && !isFresh()) offer()
  }
  setInterval(renew, LOOK_MS)
  document.addEventListener('visibilitychange', renew)
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    isSent = false
    offer()
  })
}

function add(form) {
  const { elements } = form
  onClick(form, async () => {
    let begun = form.dataset.options
    if (begun === undefined) {
      const answer = await fetch('/api/v1/users/me/passkeys/options', { method: 'POST' })
      // The server knows what to do now: it asks for a proof, or says what is wrong.
      if (!answer.ok) return form.submit()
      begun = await answer.text()
    }
    const { publicKey, challengeToken } = JSON.parse(begun)
    const credential = await navigator.credentials.create({ publicKey: parse(publicKey) })
    elements.response.value = toText(credential)
    elements.challengeToken.value = challengeToken
    form.submit()
  })
}

/** Shows the offer of a passkey, if the browser can keep one and the account has none. */
async function makeOffer(box) {
  if (!(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())) return
  const answer = await fetch('/api/v1/users/me/passkeys')
  if (!answer.ok || (await answer.json()).passkeys.length > 0) return
  box.querySelector('[data-dismiss]').addEventListener('click', () => {
    box.hidden = true
    const main = document.querySelector('main')
    main.tabIndex = -1
    main.focus()
  })
  box.hidden = false
}

if ('PublicKeyCredential' in window) {
  for (const form of document.querySelectorAll('[data-passkey=sign-in]')) signIn(form)
  for (const form of document.querySelectorAll('[data-passkey=add]')) add(form)
  for (const box of document.querySelectorAll('[data-passkey-offer]')) makeOffer(box).catch(() => undefined)
  // What the browser has to know of passkeys: the names of methods, and what each gets (WebAuthn 5.1.10).
  for (const { dataset } of document.querySelectorAll('[data-signals]')) {
    for (const [method, about] of Object.entries(JSON.parse(dataset.signals))) {
      PublicKeyCredential[method]?.(about).catch(() => undefined)
    }
  }
}
