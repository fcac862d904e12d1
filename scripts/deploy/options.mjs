import { parseArgs } from 'node:util'
import { Stop } from './stop.mjs'

export const LOCATIONS = {
  weur: 'Western Europe',
  eeur: 'Eastern Europe',
  apac: 'Asia and Pacific',
  oc: 'Oceania',
  wnam: 'Western North America',
  enam: 'Eastern North America',
}

/** Where the law wants the data to stay. Cloudflare then stores it nowhere else. */
export const JURISDICTIONS = { eu: 'the European Union', us: 'the United States', fedramp: 'data centers with FedRAMP' }

export const HELP = `npm run deploy -- [options]

  --env NAME            deploy this environment of wrangler.toml (default: production)
  --dry-run             say what would be done, and change nothing
  --ci                  ask nothing; this is so too where there is no terminal
  --location PLACE      where a new database is: ${Object.keys(LOCATIONS).join(', ')}
  --jurisdiction PLACE  or which law it is kept under: ${Object.keys(JURISDICTIONS).join(', ')}
  --secrets FILE        take missing secrets from this file (NAME=VALUE lines), outside of the repository
  --without-messages    deploy for the first time with neither e-mail nor SMS
  --roll-back           go back to the version before, and do nothing else
  --verbose             show what wrangler prints
  --help                show this
`

const flags = {
  env: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  ci: { type: 'boolean', default: false },
  location: { type: 'string' },
  jurisdiction: { type: 'string' },
  secrets: { type: 'string' },
  'without-messages': { type: 'boolean', default: false },
  'roll-back': { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

/**
 * @param {string[]} args
 * @throws {Stop} for a flag that does not exist: a misspelt `--env` must not deploy production
 */
export function readOptions(args) {
  const { values } = parse(args)
  for (const [name, places] of Object.entries({ location: LOCATIONS, jurisdiction: JURISDICTIONS })) {
    if (values[name] === undefined || values[name] in places) continue
    throw new Stop(`--${name} is ${values[name]}.`, `It must be one of ${Object.keys(places).join(', ')}.`)
  }
  if (values.location !== undefined && values.jurisdiction !== undefined) {
    throw new Stop('There are both --location and --jurisdiction.', 'Cloudflare takes one of them.')
  }
  return values
}

function parse(args) {
  try {
    return parseArgs({ args, options: flags })
  } catch (error) {
    throw new Stop(error.message, HELP)
  }
}
