// What a script adds to the reference: the search, the name of who is signed in, and requests that are tried out.

const { origin } = location
const $ = (selector, root = document) => root.querySelector(selector)
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]

/** Makes an element. Texts are never read as HTML. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value)
  }
  element.append(...children)
  return element
}

/* Examples: they name this deployment, and all of them show the language that was chosen last. */

const LANGUAGE = 'reference-language'

for (const example of $$('.examples pre'))
  example.textContent = example.textContent.replaceAll('https://todo.example.com', origin)

function chooseLanguage(language) {
  for (const radio of $$('.examples input')) if (radio.value === language) radio.checked = true
}

/** A browser that keeps nothing for this page throws. */
const remembered = (() => {
  try {
    return localStorage.getItem(LANGUAGE)
  } catch {
    return null
  }
})()
if (remembered) chooseLanguage(remembered)

document.addEventListener('change', ({ target }) => {
  if (!target.matches('.examples input')) return
  const before = target.getBoundingClientRect().top
  chooseLanguage(target.value)
  // Examples above this one may have become longer.
  scrollBy(0, target.getBoundingClientRect().top - before)
  try {
    localStorage.setItem(LANGUAGE, target.value)
  } catch {}
})

/* Requests: the browser sends the cookie of the session. When the access token has expired, it is renewed once for all that wait. */

let renewal

function renew() {
  const headers = { 'Idempotency-Key': crypto.randomUUID() }
  renewal ??= fetch('/api/v1/auth/refresh', { method: 'POST', headers }).finally(() => {
    renewal = undefined
  })
  return renewal
}

async function send(path, options) {
  const answer = await fetch(path, { redirect: 'manual', ...options })
  if (answer.status !== 401 || new Headers(options?.headers).has('Authorization')) return answer
  const { code } = await answer
    .clone()
    .json()
    .catch(() => ({}))
  if (code !== 'unauthenticated') return answer
  const { ok } = await renew()
  return ok ? fetch(path, { redirect: 'manual', ...options }) : answer
}

/* Who is signed in */

const session = $('.session')
const who = make('span')
session.prepend(who)

async function showSession(isKnown) {
  const answer = isKnown ? await send('/api/v1/auth/session').catch(() => undefined) : undefined
  if (answer?.ok) {
    const { user } = await answer.json()
    who.replaceChildren('Signed in as ', make('b', {}, user.username ?? user.email ?? user.phone ?? user.id))
  } else {
    who.replaceChildren(make('a', { href: '/console/sign-in' }, 'Sign in'))
  }
}
showSession('known' in document.documentElement.dataset)

/* Trying an operation out */

for (const section of $$('.operation')) {
  const button = make('button', { type: 'button', class: 'try' }, 'Try it')
  button.addEventListener('click', () => {
    const form = makeForm(section)
    button.replaceWith(form)
    $(':scope > label > :not(span), :scope > button', form).focus()
  })
  $('.beside', section).append(button)
}

const field = (label, input) => make('label', {}, make('span', {}, label), input)

/** What the table says of a parameter after these words, such as its values or an example. */
function readFact(parameter, words) {
  const fact = $$('.fact', parameter).find(({ textContent }) => textContent.startsWith(words))
  return fact ? $$('code', fact).map(({ textContent }) => textContent) : []
}

/** A choice if there are only a few values, and else a field. */
function makeInput(parameter, attributes) {
  const isBoolean = $('.type', parameter).textContent.startsWith('boolean')
  const values = isBoolean ? ['true', 'false'] : readFact(parameter, 'One of')
  const isList = $('.type', parameter).textContent.startsWith('array')
  if (values.length > 0 && !isList) {
    return make('select', attributes, ...['', ...values].map((value) => make('option', {}, value)))
  }
  const [placeholder] = readFact(parameter, 'Such as')
  return make('input', { ...attributes, placeholder, autocomplete: 'off' })
}

/** Inputs for the parameters. Those that may be left out are folded away if there are many. */
function makeInputs(section) {
  const parameters = $$('[data-in]', section).map((parameter) => {
    const label = $('dt code', parameter).textContent
    const required = $('.must', parameter) !== null
    const name = `${parameter.dataset.in} ${label}`
    return { required, element: field(label, makeInput(parameter, { name, required })) }
  })
  const elements = (isRequired) =>
    parameters.filter(({ required }) => required === isRequired).map(({ element }) => element)
  const optional = elements(false)
  const summary = make('summary', {}, `${optional.length} optional parameters`)
  return [...elements(true), ...(optional.length > 2 ? [make('details', {}, summary, ...optional)] : optional)]
}

function makeForm(section) {
  const { token, type, body, method } = section.dataset
  const form = make('form', { class: 'try' }, ...makeInputs(section))
  if (token !== undefined) {
    const options = { name: 'token', type: 'password', autocomplete: 'off' }
    form.append(field('Bearer token, instead of the cookie', make('input', options)))
  }
  if (type !== undefined) {
    const rows = Math.min(body.split('\n').length + 1, 16)
    form.append(field('Body', make('textarea', { name: 'body', rows, spellcheck: 'false' }, body)))
  }
  const output = make('div', { class: 'output', role: 'status' })
  form.append(make('button', { type: 'submit' }, `Send ${method}`), output)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    tryOut(section, form, output)
  })
  return form
}

/** The address and the options of the request that the form describes. */
function readRequest({ method, path, type }, form) {
  let address = path
  const query = new URLSearchParams()
  const headers = {}
  const values = new FormData(form)
  for (const [name, value] of values) {
    const [place, key] = name.split(' ')
    if (key === undefined || value === '') continue
    if (place === 'path') address = address.replace(`{${key}}`, encodeURIComponent(value))
    if (place === 'query') query.append(key, value)
    if (place === 'header') headers[key] = value
  }
  const body = values.get('body') || undefined
  if (body !== undefined) headers['Content-Type'] = type
  if (values.get('token')) headers['Authorization'] = `Bearer ${values.get('token')}`
  return [query.size > 0 ? `${address}?${query}` : address, { method, headers, body }]
}

const SHOWN_CHARACTERS = 100_000

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
  }
}

async function tryOut(section, form, output) {
  const submit = $('[type=submit]', form)
  submit.disabled = true
  output.replaceChildren()
  const began = performance.now()
  try {
    const [address, options] = readRequest(section.dataset, form)
    const answer = await send(address, options)
    output.replaceChildren(...(await describe(answer, address, Math.round(performance.now() - began))))
    // The request may have begun or ended a session.
    if (options.method !== 'GET' && address.startsWith('/api/v1/auth/')) showSession(true)
  } catch (error) {
    output.replaceChildren(make('p', {}, `There was no answer: ${error.message}`))
  } finally {
    submit.disabled = false
  }
}

async function describe(answer, address, milliseconds) {
  if (answer.type === 'opaqueredirect') {
    return [make('p', {}, 'The answer leads to another address. ', make('a', { href: address }, 'Open it'))]
  }
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  const text = await answer.text()
  return [
    make('p', {}, make('b', { class: 'status' }, String(answer.status)), ` in ${milliseconds} ms`),
    ...(text === '' ? [] : [make('pre', {}, pretty(text))]),
    make('details', {}, make('summary', {}, 'Headers'), make('pre', {}, headers)),
  ]
}

/* The search. The index is read when somebody first searches. */

const search = $('search')
const input = $('input', search)
const list = $('ul', search)
const status = $('[role=status]', search)
const MOST_FOUND = 12
let index

search.hidden = false

async function readIndex() {
  index ??= fetch('/docs/search.json')
    .then((answer) => answer.json())
    .catch(() => {
      index = undefined
      return []
    })
  return index
}

const plain = (text) => text.toLowerCase().replaceAll(/[-_ ]/g, '')

/** How well an entry fits, best first: its name, the beginning of its name, a part of its name, or a part of what it is about. */
function rank([name, about], words) {
  const [title, rest] = [plain(name), plain(about)]
  if (!words.every((word) => title.includes(word) || rest.includes(word))) return -1
  const whole = words.join('')
  return [title === whole, title.startsWith(whole), title.includes(whole), true].indexOf(true)
}

async function showFound() {
  const words = input.value.trim().split(/\s+/).map(plain).filter(Boolean)
  const entries = words.length > 0 ? await readIndex() : []
  const found = entries
    .map((entry) => ({ entry, place: rank(entry, words) }))
    .filter(({ place }) => place >= 0)
    .sort((a, b) => a.place - b.place)
  list.replaceChildren(
    ...found
      .slice(0, MOST_FOUND)
      .map(({ entry: [name, about, address] }) =>
        make('li', {}, make('a', { href: `/docs/${address}` }, make('b', {}, name), ' ', make('span', {}, about))),
      ),
  )
  list.hidden = found.length === 0
  status.textContent = words.length > 0 ? `${found.length} found` : ''
  search.classList.toggle('none', words.length > 0 && found.length === 0)
}

function close() {
  input.value = ''
  showFound()
}

input.addEventListener('focus', readIndex)
input.addEventListener('input', showFound)
list.addEventListener('click', close)
search.addEventListener('focusout', ({ relatedTarget }) => {
  if (relatedTarget && !search.contains(relatedTarget)) list.hidden = true
})
search.addEventListener('keydown', (event) => {
  const stops = [input, ...$$('a', list)]
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step) {
    event.preventDefault()
    stops.at((stops.indexOf(document.activeElement) + step) % stops.length).focus()
  }
  if (event.key === 'Enter' && event.target === input) $('a', list)?.click()
  if (event.key === 'Escape') {
    close()
    input.focus()
  }
})
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target.closest?.('input, textarea')) return
  event.preventDefault()
  input.focus()
})

/* The side list marks the operation that is being read. */

const links = new Map($$('.side ul ul a').map((link) => [link.hash.slice(1), link]))
const observer = new IntersectionObserver(
  (entries) => {
    const seen = entries.find(({ isIntersecting }) => isIntersecting)
    if (!seen) return
    for (const [id, link] of links) {
      if (id === seen.target.id) link.setAttribute('aria-current', 'location')
      else link.removeAttribute('aria-current')
    }
  },
  { rootMargin: '-20% 0px -75%' },
)
for (const section of $$('.operation')) observer.observe(section)
