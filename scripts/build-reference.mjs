// Renders the reference at /docs from the OpenAPI document of the Worker. The renderer (src/docs/reference) is TypeScript, so that the
// compiler checks it with the rest.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as esbuild from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @returns {Promise<[file: string, text: string][]>} the pages, and the index of their search */
export async function buildReference() {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'reference-'))
  try {
    const outfile = join(folder, 'reference.mjs')
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: ['src/docs/reference/reference.ts'],
      outfile,
      bundle: true,
      format: 'esm',
      logLevel: 'error',
    })
    const { renderReference } = await import(pathToFileURL(outfile).href)
    return await renderReference()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
