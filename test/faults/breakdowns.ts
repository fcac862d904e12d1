import { env } from 'cloudflare:workers'
import { failingD1 } from '../helpers/bindings'

/*
 * Bindings that break down on the way, or never answer.
 */

/** D1 that works until it is told otherwise, or until a statement that `breaksAt`. */
export function breakableD1(breaksAt = (_sql: string): boolean => false): { DB: D1Database; breakDown: () => void } {
  const failing = failingD1().withSession()
  let broken = false
  const open = (start?: D1SessionBookmark): D1DatabaseSession => {
    const working = env.DB.withSession(start)
    return {
      prepare: (sql) => {
        broken ||= breaksAt(sql)
        return (broken ? failing : working).prepare(sql)
      },
      batch: (statements) => (broken ? failing : working).batch(statements),
      getBookmark: () => working.getBookmark(),
    }
  }
  const DB = new Proxy(env.DB, {
    get: (target, name) => (name === 'withSession' ? open : Reflect.get(target, name).bind(target)),
  })
  const breakDown = () => {
    broken = true
  }
  return { DB, breakDown }
}

const never = (): Promise<never> => new Promise(() => undefined)

/** D1 whose calls never end. */
export function hangingD1(): D1Database {
  const hang = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (target, name) => (name === 'bind' ? (...values: unknown[]) => hang(target.bind(...values)) : never),
    })
  const open = (start?: D1SessionBookmark): D1DatabaseSession => {
    const session = env.DB.withSession(start)
    return { prepare: (sql) => hang(session.prepare(sql)), batch: never, getBookmark: () => session.getBookmark() }
  }
  return new Proxy(env.DB, {
    get: (target, name) => (name === 'withSession' ? open : Reflect.get(target, name).bind(target)),
  })
}

/** KV whose calls never end. */
export const hangingKv = (): KVNamespace => new Proxy(env.KV, { get: () => never })
