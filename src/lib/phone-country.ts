import { parsePhoneNumberFromString } from 'libphonenumber-js/mobile'

/** The country of a phone number in E.164, such as `KR`; null if its calling code belongs to none. */
export const phoneCountry = (number: string): string | null => parsePhoneNumberFromString(number)?.country ?? null
