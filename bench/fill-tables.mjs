// One user with 100,000 to-dos, and 100,000 users with one to-do each. Only the last of them has 1,000.

const MANY = 100_000
const TODOS_OF_LAST_USER = 1_000
const PER_STATEMENT = 10_000

export const people = {
  [`a user with ${MANY} to-dos`]: 'rich',
  [`a user with ${TODOS_OF_LAST_USER} to-dos, among ${MANY} users`]: `user${MANY}`,
}

/** SQL for the id of a row. @param {string} number SQL for the number of the row */
const idOf = (number) => `printf('%08x-0000-7000-8000-000000000000', ${number})`

/** @param {import('./workers.mjs').Worker['db']} db */
export async function fillTables(db) {
  await db
    .prepare(`INSERT INTO users (id, email, created_at, updated_at) VALUES ('rich', 'rich@example.com', 0, 0)`)
    .run()
  await repeat(MANY, (numbers) =>
    db.prepare(`${numbers} INSERT INTO users (id, email, created_at, updated_at)
      SELECT 'user' || n, 'user' || n || '@example.com', 0, 0 FROM numbers`),
  )
  // A list asks for the session, too.
  await db
    .prepare(`INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at)
      SELECT id, id, 0, 0, 1 FROM users WHERE id IN ('rich', 'user${MANY}')`)
    .run()
  await addTodos(db, `'rich'`, MANY, 0)
  await addTodos(db, `'user' || n`, MANY - 1, MANY)
  await addTodos(db, `'user${MANY}'`, TODOS_OF_LAST_USER, 2 * MANY)
}

/** @param {import('./workers.mjs').Worker['db']} db @param {string} owner in SQL @param {number} count @param {number} offset */
const addTodos = (db, owner, count, offset) =>
  repeat(count, (numbers) =>
    db.prepare(`${numbers} INSERT INTO todos (id, user_id, contents, labels, priority, due_at, completed_at, created_at,
        updated_at, version, seq, folded_contents)
      SELECT ${idOf(`n + ${offset}`)}, ${owner}, 'Buy milk', '[]', n % 5, CASE n % 3 WHEN 0 THEN n END,
        CASE n % 2 WHEN 0 THEN n END, n, n, 1, n, 'buy milk' FROM numbers`),
  )

/** @param {number} count @param {(numbers: string) => import('@cloudflare/workers-types').D1PreparedStatement} statement */
async function repeat(count, statement) {
  for (let from = 1; from <= count; from += PER_STATEMENT) {
    const to = Math.min(count, from + PER_STATEMENT - 1)
    await statement(
      `WITH RECURSIVE numbers (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to})`,
    ).run()
  }
}
