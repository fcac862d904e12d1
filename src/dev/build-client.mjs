// What `npm run build:client` runs: makes dist/client.js and dist/client.d.ts of src/client.ts, for apps to import.
//
// The Worker's sources compile under its own settings only. In the declarations TypeScript has spelled the client's type out,
// so they refer to hono/client alone, and to none of the files that they come from.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
const declarations = mkdtempSync(join(tmpdir(), 'latchkey-client-'))

try {
  await build({ absWorkingDir: root, entryPoints: ['src/client.ts'], outdir: 'dist', format: 'esm', target: 'es2022' })
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--noEmit', 'false', '--emitDeclarationOnly']
  execFileSync(process.execPath, [...tsc, '--declaration', '--outDir', declarations], { stdio: 'inherit' })
  copyFileSync(join(declarations, 'src/client.d.ts'), join(root, 'dist/client.d.ts'))
} finally {
  rmSync(declarations, { recursive: true })
}
