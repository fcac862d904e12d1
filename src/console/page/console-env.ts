import { Hono } from 'hono'
import type { Variables } from '../../context'
import type { ApiClient } from './api-client'
import type { Reader } from './reader'

/** What `openConsole` gives the pages. */
export interface ConsoleEnv {
  Bindings: Env
  Variables: Pick<Variables, 'config'> & {
    api: ApiClient
    reader: Reader
  }
}

export const createPages = () => new Hono<ConsoleEnv>()
