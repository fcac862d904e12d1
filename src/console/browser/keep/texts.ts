import { keepTexts as enKeep } from '../../texts/en/keep'
import { offlineTexts as en } from '../../texts/en/offline'
import { keepTexts as koKeep } from '../../texts/ko/keep'
import { offlineTexts as ko } from '../../texts/ko/offline'

const ENGLISH = { ...en.offline, ...enKeep }
const TEXTS: Record<string, typeof ENGLISH> = { en: ENGLISH, ko: { ...ko.offline, ...koKeep } }

/** The texts in the language of the page. */
export const texts = () => TEXTS[document.documentElement.lang] ?? ENGLISH
