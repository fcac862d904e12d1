/** The first element that matches, or null. */
export const $ = (selector: string, root: ParentNode = document): HTMLElement | null => root.querySelector(selector)

/** All elements that match. */
export const $$ = (selector: string, root: ParentNode = document): HTMLElement[] => [
  ...root.querySelectorAll<HTMLElement>(selector),
]
