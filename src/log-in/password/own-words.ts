/** How somebody would type a name or contact as a password: whole, the part before the @, or the digits of a number. */
const ownWords = (word: string): string[] => {
  const folded = word.toLowerCase()
  return [folded, folded.replace(/@.*$/s, ''), folded.replace(/^\+/, '')]
}

/** Whether a password is a name or a contact of its owner. The script of the pages asks it too. */
export const isOwnName = (password: string, own: readonly (string | null | undefined)[]): boolean =>
  own.some((word) => word && ownWords(word).includes(password.toLowerCase()))
