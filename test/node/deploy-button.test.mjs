// What the "Deploy to Cloudflare" button reads: https://developers.cloudflare.com/workers/platform/deploy-buttons/

import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'

const read = (file) => readFileSync(file, 'utf8')
const { cloudflare, scripts } = JSON.parse(read('package.json'))
const config = unstable_readConfig({ config: 'wrangler.toml' }, { hideWarnings: true })
const example = parseEnv(read('.dev.vars.example'))

it('.dev.vars.example has nothing but the secrets that must be given', () => {
  expect(Object.keys(example)).toEqual(config.secrets.required)
})

it('package.json describes each of these secrets, and only what there is', () => {
  const { bindings } = cloudflare
  const names = [
    ...Object.keys(example),
    ...Object.keys(config.vars),
    ...config.d1_databases.concat(config.kv_namespaces).map(({ binding }) => binding),
  ]
  expect(Object.keys(bindings)).toEqual(expect.arrayContaining(Object.keys(example)))
  for (const [name, binding] of Object.entries(bindings)) {
    expect(names).toContain(name)
    expect(Object.keys(binding)).toEqual(['description'])
    // Only code, bold, italics and links are shown.
    expect(binding.description).not.toMatch(/[<>#]|^\s*[-*] /m)
  }
})

it('the button runs the deploy of package.json, and needs no build', () => {
  expect(scripts.deploy).toBe('node scripts/deploy.mjs')
  expect(scripts).not.toHaveProperty('build')
})

it('README.md has the button', () => {
  expect(read('README.md')).toMatch(
    /\[!\[Deploy to Cloudflare\]\(https:\/\/deploy\.workers\.cloudflare\.com\/button\)\]\(https:\/\/deploy\.workers\.cloudflare\.com\/\?url=https:\/\/(github|gitlab)\.com\/[\w.-]+\/[\w.-]+\)/,
  )
})
