/*
 * The size of a text in an SMS (3GPP TS 23.038). One segment holds 160 septets of GSM-7, or 70 units of UCS-2.
 */

/** Section 6.2.1: the default alphabet, and its extension. A character of the extension takes two septets. */
const GSM_7 =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const GSM_7_EXTENSION = '\f^{}\\[~]|€'

/** The septets of a text in GSM-7, or NaN when it has a character that GSM-7 does not have. */
export const septets = (text: string): number =>
  [...text].reduce((sum, character) => {
    if (GSM_7.includes(character)) return sum + 1
    return sum + (GSM_7_EXTENSION.includes(character) ? 2 : Number.NaN)
  }, 0)

/** How to measure a text in each language, and how much a segment holds. */
export const segment = {
  en: { size: septets, room: 160 },
  ko: { size: (text: string): number => text.length, room: 70 },
} as const

/** The longest host for which texts must fit one segment: 32 characters. */
export const LONG_HOST = 'latchkey-1.my-account.workers.de'

/** Hosts of every length up to the longest. */
export const hosts = Array.from({ length: LONG_HOST.length }, (_, index) => LONG_HOST.slice(0, index + 1))
