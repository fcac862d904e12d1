// Renders the API reference at /docs.

const dark = matchMedia('(prefers-color-scheme: dark)')
const followSystem = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', followSystem)
followSystem()

/** Corrects the landmarks, headings and buttons of Swagger UI. */
const structure = ({ React: { createElement: h, Fragment } }) => ({
  wrapComponents: {
    InfoContainer: (Original) => (props) => h('header', { role: 'banner' }, h(Original, props)),
    // There is only this server, so there is nothing to choose.
    ServersContainer: () => () => null,
    // Swagger UI shows tags as h3, so they need an h2 above them.
    operations: (Original) => (props) => h(Fragment, null, h('h2', null, 'Operations'), h(Original, props)),
    // Swagger UI puts a link into a button. The button alone opens the operation and changes the address too.
    DeepLink: () => (props) => h('span', null, props.text),
  },
})

/** Attributes that Swagger UI leaves out or gets wrong, by the selector of the element. */
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

function setAttributes(root) {
  for (const [selector, attributesOf] of Object.entries(attributes)) {
    for (const element of root.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(attributesOf(element))) element.setAttribute(name, value)
    }
  }
}

const root = document.querySelector('#docs')
new MutationObserver(() => setAttributes(root)).observe(root, { childList: true, subtree: true })

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
