// Builds what keeps to-dos on the device: the script for it, which most browsers never ask for, and the service worker.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @type {import('esbuild').BuildOptions & { write: false }} */
const OPTIONS = {
  absWorkingDir: root,
  write: false,
  bundle: true,
  minify: true,
  target: 'es2022',
  logLevel: 'error',
}

/** Of the languages of files that are imported, quick add knows these. */
const LANGUAGES = ['en', 'ko']

/**
 * Leaves out what quick add does not use: the other languages, and the library that reads rules, which is larger than all the rest. Quick add
 * makes its rules itself, and the server reads them again.
 * @type {import('esbuild').Plugin}
 */
export const leaveOut = {
  name: 'leave-out',
  setup(building) {
    building.onResolve({ filter: /^rrule-temporal$/ }, ({ path }) => ({ path, namespace: 'rules' }))
    building.onLoad({ filter: /./, namespace: 'rules' }, () => ({
      contents: 'export class RRuleTemporal { next() { return null } }',
    }))
    building.onResolve({ filter: /^\.\/languages\/\w+$/ }, ({ path }) => {
      const language = path.slice(path.lastIndexOf('/') + 1)
      return LANGUAGES.includes(language) ? undefined : { path: language, namespace: 'languages' }
    })
    building.onLoad({ filter: /./, namespace: 'languages' }, ({ path }) => ({
      contents: `export const ${path} = undefined`,
    }))
  },
}

/** @returns {Promise<Uint8Array>} */
export async function buildKeep() {
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: ['src/console/browser/keep/keep.ts'],
    format: 'esm',
    alias: {
      '@latchkey/client/offline': join(root, 'packages/client/src/offline.ts'),
      '@latchkey/client': join(root, 'packages/client/src/client.ts'),
    },
    plugins: [leaveOut],
  })
  return outputFiles[0].contents
}

/**
 * The service worker. Any change of the files that it keeps makes another one of it, so that browsers take the new ones.
 * @param {Map<string, Buffer>} files those that a page without a network needs, by their paths
 * @param {string} shellVersion changes with whatever else the page is made of
 * @returns {Promise<Uint8Array>}
 */
export async function buildWorker(files, shellVersion) {
  const hash = createHash('sha256').update(shellVersion)
  for (const [path, contents] of files) hash.update(path).update(contents)
  const version = hash.digest('base64url').slice(0, 16)
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: ['src/console/browser/worker/console-worker.ts'],
    format: 'iife',
    define: { FILES: JSON.stringify({ version, paths: [...files.keys()] }) },
  })
  return outputFiles[0].contents
}
