import { offlineTexts as en } from '../../texts/en/offline'
import { offlineTexts as ko } from '../../texts/ko/offline'

const TEXTS: Record<string, typeof en> = { en, ko }

/** The texts in the language of the page. */
export const texts = () => (TEXTS[document.documentElement.lang] ?? en).offline
