import { describe, expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'

const read = (env) => unstable_readConfig({ config: 'wrangler.toml', env }, { hideWarnings: true })
const production = read(undefined)
const environments = production.definedEnvironments.map((name) => ({ name, config: read(name) }))

/** Every kind of binding, with its names. Empty kinds are left out. */
function bindingsOf(config) {
  const kinds = Object.entries(config).flatMap(([kind, value]) => {
    const list = Array.isArray(value) ? value : [value]
    const names = list
      .map((entry) => entry?.binding ?? (kind === 'ratelimits' ? entry.name : undefined))
      .filter(Boolean)
    return names.length > 0 ? [[kind, names.sort()]] : []
  })
  return Object.fromEntries(kinds)
}

const limitsOf = ({ ratelimits }) => ratelimits.map(({ name, simple }) => ({ name, simple }))
const namespacesOf = ({ ratelimits }) => ratelimits.map(({ namespace_id: id }) => id)

describe.each(environments)('[env.$name] of wrangler.toml', ({ config }) => {
  it('has every binding, every setting and every required secret of production', () => {
    expect(bindingsOf(config)).toEqual(bindingsOf(production))
    expect(Object.keys(config.vars)).toEqual(Object.keys(production.vars))
    expect(config.secrets).toEqual(production.secrets)
    expect(limitsOf(config)).toEqual(limitsOf(production))
    for (const name of ['main', 'triggers', 'observability', 'assets', 'compatibility_date']) {
      expect(config[name], name).toEqual(production[name])
    }
  })

  it('has a name, a database and counts of its own', () => {
    expect(config.name).not.toBe(production.name)
    for (const { name, d1_databases: databases } of [config, production]) expect(databases[0].database_name).toBe(name)
    expect(namespacesOf(config).filter((id) => namespacesOf(production).includes(id))).toEqual([])
  })
})

it('names no id, makes no address for old versions, and logs no address with its query', () => {
  for (const config of [production, ...environments.map(({ config }) => config)]) {
    expect(config.d1_databases[0].database_id).toBeUndefined()
    expect(config.kv_namespaces[0].id).toBeUndefined()
    expect(config.preview_urls).toBe(false)
    expect(config.observability).toEqual({
      enabled: true,
      logs: { enabled: true, invocation_logs: false },
      traces: { enabled: false },
    })
  }
})
