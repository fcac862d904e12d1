import type { Texts } from './en'
import { accountTexts } from './ko/account'
import { errorTexts } from './ko/errors'
import { importTexts } from './ko/import'
import { lookTexts } from './ko/look'
import { offlineTexts } from './ko/offline'
import { pageTexts } from './ko/page'
import { panelTexts } from './ko/panel'
import { passkeyTexts } from './ko/passkeys'
import { quickAddTexts } from './ko/quick-add'
import { secondFactorTexts } from './ko/second-factor'
import { signInTexts } from './ko/sign-in'
import { socialTexts } from './ko/social'
import { todoTexts } from './ko/todos'
import { viewTexts } from './ko/views'

/** The texts of the pages in Korean. */
export const ko: Texts = {
  ...pageTexts,
  ...lookTexts,
  ...errorTexts,
  ...signInTexts,
  ...socialTexts,
  ...todoTexts,
  ...quickAddTexts,
  ...viewTexts,
  ...importTexts,
  ...accountTexts,
  ...offlineTexts,
  ...panelTexts,
  ...passkeyTexts,
  ...secondFactorTexts,
}
