import { accountTexts } from './en/account'
import { errorTexts } from './en/errors'
import { importTexts } from './en/import'
import { lookTexts } from './en/look'
import { offlineTexts } from './en/offline'
import { pageTexts } from './en/page'
import { panelTexts } from './en/panel'
import { passkeyTexts } from './en/passkeys'
import { quickAddTexts } from './en/quick-add'
import { secondFactorTexts } from './en/second-factor'
import { signInTexts } from './en/sign-in'
import { socialTexts } from './en/social'
import { todoTexts } from './en/todos'
import { viewTexts } from './en/views'

/** The texts of the pages in English. */
export const en = {
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

export type Texts = typeof en
