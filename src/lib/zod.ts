import { ZodType } from 'zod/v4'

/*
 * What the bundle takes for 'zod' ([alias] in wrangler.toml). @hono/zod-openapi imports the whole namespace as a value, and
 * with it zod's 50 languages, JSON Schema in both directions and more, for the one class that it extends. This gives it that
 * class; everything else is left to tree shaking and saves 60 kB of the gzipped Worker.
 */
export * from 'zod/v4'
export const z = { ZodType }
