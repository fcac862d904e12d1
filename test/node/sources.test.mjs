import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/* What holds for the sources of the Worker as a whole. */

/** @param {string} text */
const filesWith = (text) =>
  globSync('src/**/*.{ts,tsx}')
    .filter((path) => readFileSync(path, 'utf8').includes(text))
    .sort()

it('only the gateway begins a session', () => {
  expect(filesWith('beginSession(')).toEqual(['src/log-in/log-in.ts', 'src/sessions/begin-session.ts'])
  expect(filesWith('insert(sessions)')).toEqual(['src/sessions/begin-session.ts'])
})

it('no statement changes the record of what operators did', () => {
  const paths = globSync('src/**/*.ts')
  expect(paths.length).toBeGreaterThan(150)
  for (const path of paths) {
    const source = readFileSync(path, 'utf8')
    expect({ path, found: /\b(?:update|delete)\(\s*operatorActs|operator_acts/.exec(source)?.[0] }).toEqual({
      path,
      found: path === 'src/operator/tables.ts' ? 'operator_acts' : undefined,
    })
    const isHome = path.startsWith('src/operator/')
    if (!isHome) expect({ path, imports: source.includes('operator/tables') }).toEqual({ path, imports: false })
  }
})
