/*
 * How much of an SMS segment a text takes (3GPP TS 23.038): 160 septets of GSM-7, or else 70 units of UCS-2.
 */

/** 6.2.1: the default alphabet, and its extension, whose characters take two septets. */
const GSM_7 =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const GSM_7_EXTENSION = '\f^{}\\[~]|€'

/** Septets of GSM-7; NaN where a text has a character that is not in it. */
export const septets = (text: string): number =>
  [...text].reduce((sum, character) => {
    if (GSM_7.includes(character)) return sum + 1
    return sum + (GSM_7_EXTENSION.includes(character) ? 2 : Number.NaN)
  }, 0)

/** The length of a text in the encoding of its language, and what a segment has room for. */
export const segment = {
  en: { size: septets, room: 160 },
  ko: { size: (text: string): number => text.length, room: 70 },
} as const

/** A host of 32 characters: the longest that a text has to have room for. */
export const LONG_HOST = 'latchkey-1.my-account.workers.de'

/** Hosts of every length that a text has to have room for. */
export const hosts = Array.from({ length: LONG_HOST.length }, (_, index) => LONG_HOST.slice(0, index + 1))
