// What a script adds to the pages. Everything on them works without it.

import { watchCodeField } from './code-field'
import { countDown } from './countdown'
import { ignoreDoubleClicks } from './double-click'
import { focusFirstField } from './focus'
import { keepCopy } from './keeping'
import { loadMore } from './more'
import { showTimes } from './times'
import { addInPlace } from './todos/add'
import { changeInPlace } from './todos/in-place'
import { prepareToasts } from './todos/toast'

keepCopy()
focusFirstField()
addInPlace()
changeInPlace()
prepareToasts()
ignoreDoubleClicks()
watchCodeField()
countDown()
loadMore()
showTimes(document)
