import { ZodType } from 'zod/v4'

/*
 * The bundle uses this file as 'zod' ([alias] in wrangler.toml). @hono/zod-openapi needs one class, but imports all of zod as
 * one value, with its 50 languages and JSON Schema in both directions. Here that value has only the class, so the bundler can
 * leave the rest out. This saves 60 kB of the gzipped Worker.
 */
export * from 'zod/v4'
export const z = { ZodType }
