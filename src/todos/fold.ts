/**
 * A text as `q` compares it: lower case and NFC in every script. In that order: with `J̌` there is no letter, with `ǰ` there is.
 * Lower case has two sigmas, by their place in a word, which a substring does not keep.
 */
export const fold = (text: string): string => text.toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
