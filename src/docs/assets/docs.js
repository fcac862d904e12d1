// Renders the reference of /docs.

const dark = matchMedia('(prefers-color-scheme: dark)')
const followSystem = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', followSystem)
followSystem()

/** Landmarks, headings and buttons as they ought to be. */
const structure = ({ React: { createElement: h, Fragment } }) => ({
  wrapComponents: {
    InfoContainer: (Original) => (props) => h('header', { role: 'banner' }, h(Original, props)),
    // There is one server: this one.
    ServersContainer: () => () => null,
    // Tags are headings of the third level.
    operations: (Original) => (props) => h(Fragment, null, h('h2', null, 'Operations'), h(Original, props)),
    // A link within a button: the button opens the operation, and the address follows.
    DeepLink: () => (props) => h('span', null, props.text),
  },
})

/** Attributes that Swagger UI leaves out or gets wrong, by what they are missing from. */
const attributes = {
  '.parameters select': (select) => ({ 'aria-label': select.closest('tr').dataset.paramName }),
  '.examples-select select': () => ({ 'aria-label': 'Example' }),
  '.body-param__text': () => ({ 'aria-label': 'Request body' }),
  '.responses-table[role]': (table) => ({ 'aria-label': table.id }),
  'pre.microlight': () => ({ tabindex: 0 }),
  '.modal-ux': () => ({ role: 'dialog', 'aria-modal': true, 'aria-label': 'Available authorizations' }),
  '.modal-ux h3': () => ({ 'aria-level': 2 }),
  '.modal-ux h4': () => ({ 'aria-level': 3 }),
  '.modal-ux .close-modal': () => ({ 'aria-label': 'Close' }),
  '.modal-ux .modal-btn': (button) => ({ 'aria-label': button.textContent }),
}

function complete(root) {
  for (const [selector, missing] of Object.entries(attributes)) {
    for (const element of root.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(missing(element))) element.setAttribute(name, value)
    }
  }
}

const root = document.querySelector('#docs')
new MutationObserver(() => complete(root)).observe(root, { childList: true, subtree: true })

SwaggerUIBundle({
  url: '/openapi.json',
  domNode: root,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [structure],
  deepLinking: true,
  displayRequestDuration: true,
  syntaxHighlight: false,
  validatorUrl: null,
})
