import type { Locale } from '../../locale'
import { en, type Texts } from './en'
import { ko } from './ko'

export type { Texts }

/** All texts of the pages. A missing language or text does not compile. */
export const texts: Record<Locale, Texts> = { en, ko }
