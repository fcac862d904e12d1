/*
 * The keys of what the pages store in the browser, each by user. A sign-out looks for all of them, so each has its name here and nowhere else.
 */

/** Of who keeps to-dos on this device, in `localStorage`: `keep/owners.ts`. */
export const KEPT = 'latchkey/kept/'

/** Of texts that wait for the server: `todos/outbox.ts`. */
export const UNSENT = 'latchkey/unsent/'

/** Of what stands in the field for a new to-do, in `sessionStorage`: `todos/draft.ts`. */
export const DRAFT = 'latchkey/draft/'

/** Of what could not be saved of a to-do, in `sessionStorage`, by user and address: `panel/draft.ts`. */
export const EDIT = 'latchkey/edit/'
