// Keeps to-dos on the device, for who has said so. `keeping.ts` loads it.

import { $ } from '../dom'
import { syncInBackground } from './background'
import { startSwitch } from './keep-switch'
import { open } from './owners'
import { startShell } from './shell'

export { signOut } from './sign-out'

export async function start(): Promise<void> {
  const shell = $('[data-shell]')
  if (shell) return startShell(shell)
  const userId = document.body.dataset['user'] ?? null
  if (userId !== null) open(localStorage, userId)
  syncInBackground(userId)
  const keepSwitch = $('[data-keep]')
  if (keepSwitch && userId !== null) startSwitch(keepSwitch, userId)
}
