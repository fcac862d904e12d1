/// <reference types="vite/types/importMeta.d.ts" />
declare namespace Cloudflare {
  interface Env {
    OPERATOR_TOKEN: string
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
  }
}
