import type { Config } from '../../config'
import { AppError } from '../../errors'
import { PROVIDER_IDS, type ProviderId, providerName } from '../../users/provider-ids'
import { importAppleKey } from './apple-client-secret'
import type { Provider, ProviderEntry } from './provider'
import { apple } from './providers/apple'
import { github } from './providers/github'
import { google } from './providers/google'
import { kakao } from './providers/kakao'
import { line } from './providers/line'
import { microsoft } from './providers/microsoft'
import { naver } from './providers/naver'
import { oidc, testProvider } from './providers/oidc'

/** THE table of providers. `docs/social.md` says where to get the settings of each. */
const entries: Record<ProviderId, ProviderEntry> = {
  google,
  apple,
  github,
  microsoft,
  kakao,
  naver,
  line,
  oidc,
  test: testProvider,
}

/** The settings of a provider that are missing. Null if none of them is set, so this deployment does not have it. */
function missingSettings(config: Config, id: ProviderId): string[] | null {
  const { needs } = entries[id]
  const missing = needs.filter((name) => config[name] === undefined)
  return missing.length === needs.length ? null : missing
}

const isHere = (id: ProviderId, hasOutbox: boolean): boolean => id !== 'test' || hasOutbox

/** The providers that people can log in with, in the order in which pages show them. */
export const listProviders = (config: Config, hasOutbox: boolean): { id: ProviderId; name: string }[] =>
  PROVIDER_IDS.filter((id) => isHere(id, hasOutbox) && missingSettings(config, id)?.length === 0).map((id) => ({
    id,
    name: nameOfProvider(config, id),
  }))

export const nameOfProvider = (config: Config, id: ProviderId): string =>
  entries[id].open(config).name ?? providerName(id)

/** What is wrong with the settings of providers, in words. */
export async function findFaults(config: Config): Promise<string[]> {
  const halfSet = PROVIDER_IDS.flatMap((id) => {
    const missing = missingSettings(config, id) ?? []
    return missing.length === 0 ? [] : [faultOf(id, missing)]
  })
  if (config.APPLE_PRIVATE_KEY === undefined) return halfSet
  const key = await importAppleKey(config).catch(() => null)
  return key ? halfSet : [...halfSet, 'APPLE_PRIVATE_KEY is not a key in PKCS #8 (PEM)']
}

const faultOf = (id: ProviderId, missing: string[]): string => `${providerName(id)} lacks ${missing.join(', ')}`

/**
 * A provider that people can log in with here.
 * @param hasOutbox whether this is somebody's own computer: only there is the test provider
 * @throws {AppError} `not_found`; `misconfigured` if some of its settings are missing
 */
export function openProvider(config: Config, id: ProviderId, hasOutbox: boolean): Provider {
  const missing = isHere(id, hasOutbox) ? missingSettings(config, id) : null
  if (missing === null) throw new AppError('not_found')
  if (missing.length > 0) throw new AppError('misconfigured', { detail: `${faultOf(id, missing)}.` })
  return { ...entries[id].open(config), id, name: nameOfProvider(config, id) }
}
