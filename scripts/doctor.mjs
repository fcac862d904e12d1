// What `npm run doctor` runs: docs/operations.md.

import process from 'node:process'
import { openTerminal } from './deploy/terminal.mjs'
import { doctor } from './doctor/doctor.mjs'

process.exitCode = await doctor({ args: process.argv.slice(2), terminal: openTerminal() })
