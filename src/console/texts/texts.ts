import type { Locale } from '../../locale'
import { en, type Texts } from './en'
import { ko } from './ko'

export type { Texts }

/** All that the pages say. A text that a language lacks is a type error. */
export const texts: Record<Locale, Texts> = { en, ko }
