/**
 * A text as `q` compares it: NFC and lower case in every script. Lower case has two sigmas, by their place in a word, which a
 * substring does not keep.
 */
export const fold = (text: string): string => text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ')
