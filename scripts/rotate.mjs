// What `npm run rotate` runs: docs/operations.md.

import process from 'node:process'
import { openTerminal } from './deploy/terminal.mjs'
import { rotate } from './rotate/rotate.mjs'

process.exitCode = await rotate({ args: process.argv.slice(2), terminal: openTerminal() })
