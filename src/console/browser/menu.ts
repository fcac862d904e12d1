import { $ } from './dom'

/** Closes the menu with Escape, and when somebody goes on elsewhere. */
export function closeMenu(): void {
  const menu = $('.menu')
  if (!(menu instanceof HTMLDetailsElement)) return
  for (const name of ['pointerdown', 'focusin'] as const) {
    addEventListener(name, ({ target }) => {
      if (target instanceof Node && !menu.contains(target)) menu.open = false
    })
  }
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !menu.open) return
    menu.open = false
    $('summary', menu)?.focus()
  })
}
