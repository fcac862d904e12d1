// Renders the reference at /docs from the OpenAPI document of the Worker. The renderer (src/docs/reference) is TypeScript, so that the
// compiler checks it with the rest.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as esbuild from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

const ENTRY = `
  export { app } from './src/app'
  export { renderReference } from './src/docs/reference/reference'
`

/** @returns {Promise<[file: string, text: string][]>} the pages, and the index of their search */
export async function buildReference() {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'reference-'))
  try {
    const outfile = join(folder, 'reference.mjs')
    await esbuild.build({
      absWorkingDir: root,
      stdin: { contents: ENTRY, resolveDir: root },
      outfile,
      bundle: true,
      format: 'esm',
      logLevel: 'error',
    })
    const { app, renderReference } = await import(pathToFileURL(outfile).href)
    return await renderReference(async (settings) => (await app.request('/openapi.json', {}, settings)).json())
  } finally {
    rmSync(folder, { recursive: true })
  }
}
