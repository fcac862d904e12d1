/** There is no such to-do on this device, or it is deleted. */
export class NoSuchTodo extends Error {
  readonly code = 'not_found'
}

/** There is no such list on this device, or it is deleted. */
export class NoSuchList extends Error {
  readonly code = 'not_found'
}
