// What `npm run deploy` runs. docs/deploy.md says what it does; `npm run deploy -- --help` says what it takes.

import process from 'node:process'
import { deploy } from './deploy/deploy.mjs'
import { openTerminal } from './deploy/terminal.mjs'

process.exitCode = await deploy({ args: process.argv.slice(2), terminal: openTerminal() })
