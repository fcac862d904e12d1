/**
 * Folds a text, so that a search finds it in either letter case and in every script. Lower case comes before NFC: NFC has a
 * letter for `ǰ`, but none for `J̌`. Greek writes a small sigma as `ς` at the end of a word and as `σ` elsewhere. A part of a
 * text does not show where a word ends, so both become `σ`.
 * @param text of a field. `readText` has refused long runs of combining marks, which would be slow here.
 */
export const foldText = (text: string): string => text.toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
