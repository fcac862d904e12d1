import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

/** What docs/client.md says, in bytes. */
const MOST = 11_000

it('adds to the bundle of a page what docs/client.md says, and no other package', async () => {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: "export { createOfflineTodos, indexedDbStore } from './packages/client/src/offline.ts'",
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
  })
  expect(gzipSync(outputFiles[0].contents, { level: 9 }).byteLength).toBeLessThan(MOST)
  expect(Object.keys(metafile.inputs).filter((path) => path.includes('node_modules'))).toEqual([])
})
