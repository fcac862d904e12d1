import { $, $$ } from './dom'

/** Puts the focus into the first field that was refused, or into the one that the page names. */
export function focusFirstField(): void {
  if (location.hash !== '') return
  const field = $('[aria-invalid]') ?? $$('[data-focus]').find((one) => one.checkVisibility())
  field?.focus()
}
