import { type Context, Hono } from 'hono'
import type { Variables } from '../../context'
import type { Locale } from '../../locale'
import type { Texts } from '../texts/texts'
import type { ApiClient } from './api-client'

/** What the handlers of the pages have in `c.var`. */
export interface ConsoleEnv {
  Bindings: Env
  Variables: Pick<Variables, 'config'> & {
    /** Calls the API for the visitor of the page. */
    api: ApiClient
    locale: Locale
    /** Whose access token the page was asked for with. */
    userId?: string | null
    /** The texts in the language of `locale`. */
    t: Texts
  }
}

export type PageContext = Context<ConsoleEnv>

/** A router for pages. */
export const createPages = () => new Hono<ConsoleEnv>()
