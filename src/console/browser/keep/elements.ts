/** Makes an element. What people have typed only ever becomes `textContent`. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  { text, className, ...attributes }: { text?: string; className?: string } & Record<string, string> = {},
  ...children: HTMLElement[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  if (className !== undefined) element.className = className
  if (text !== undefined) element.textContent = text
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  element.append(...children)
  return element
}

export function button(text: string, onClick: () => void, className = ''): HTMLButtonElement {
  const made = make('button', { text, className, type: 'button' })
  made.addEventListener('click', onClick)
  return made
}

/** Whether something is typed, or a dialog is open, that a new page would take away. */
export function isBusy(): boolean {
  if (document.querySelector('dialog[open]')) return true
  const fields = document.querySelectorAll<HTMLInputElement>('main input[type=text]')
  return [...fields].some((field) => field.value !== field.defaultValue)
}

let typedAt = 0
addEventListener('keydown', () => {
  typedAt = Date.now()
})

/** How long somebody has not pressed a key (ms). */
export const idleMs = (): number => Date.now() - typedAt
