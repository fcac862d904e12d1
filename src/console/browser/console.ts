// What a script adds to the pages. Everything on them works without it.

import { watchCodeField } from './code-field'
import { countDown } from './countdown'
import { ignoreDoubleClicks } from './double-click'
import { focusFirstField } from './focus'
import { keepCopy } from './keeping'
import { closeMenu } from './menu'
import { loadMore, showCurrentView, showDone } from './more'
import { openPanels } from './panel/panel'
import { watchPasswords } from './password-field'
import { chooseTheme } from './theme'
import { showTimes } from './times'
import { addInPlace } from './todos/add'
import { changeInPlace } from './todos/in-place'
import { listenToKeys } from './todos/keys'
import { selectInPlace } from './todos/select'
import { prepareToasts } from './todos/toast'
import { offerZone } from './zone-offer'

keepCopy()
focusFirstField()
addInPlace()
changeInPlace()
selectInPlace()
listenToKeys()
prepareToasts()
ignoreDoubleClicks()
watchCodeField()
watchPasswords()
countDown()
loadMore()
showDone()
showCurrentView()
closeMenu()
chooseTheme()
showTimes(document)
offerZone()
openPanels()
