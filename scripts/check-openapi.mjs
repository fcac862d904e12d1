// Checks the OpenAPI document against the recommended rules of Redocly's linter.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as esbuild from 'esbuild'
import { runTool } from './tools.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'latchkey-openapi-'))
try {
  const bundle = join(directory, 'app.mjs')
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/app.ts'],
    outfile: bundle,
    bundle: true,
    format: 'esm',
  })
  const { app } = await import(pathToFileURL(bundle).href)
  const document = join(directory, 'openapi.json')
  writeFileSync(document, await (await app.request('/openapi.json', {}, {})).text())
  const { status } = runTool('redocly', 'redocly', ['lint', '--extends=recommended', '--max-problems=1000', document], {
    encoding: 'utf8',
    stdio: 'inherit',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(directory, { recursive: true })
}
