/** Ends the deploy with a message for the person who runs it: what is wrong, and what to do. */
export class Stop extends Error {
  /** @param {string} message @param {string} [whatToDo] */
  constructor(message, whatToDo) {
    super(message)
    this.whatToDo = whatToDo
  }
}

/** Something is missing, and there is nobody to ask. */
export class Missing extends Stop {
  /** @param {string} name of what is missing @param {string} whatToDo */
  constructor(name, whatToDo) {
    super(`${name} is missing, and nobody can be asked here.`, whatToDo)
  }
}
