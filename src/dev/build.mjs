// What `[build]` in wrangler.toml runs, and everything else that needs what is made and not committed.

import { realpathSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { buildAssets } from './build-assets.mjs'
import { buildCommonPasswords } from './build-common-passwords.mjs'

export function build() {
  buildCommonPasswords()
  buildAssets()
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) build()
