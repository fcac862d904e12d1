import journal from '../drizzle/meta/_journal.json'

/** The newest migration that this version of the Worker needs, such as `0000_init`. */
export const SCHEMA_VERSION: string = journal.entries.at(-1)?.tag ?? ''
