import { describe, expect, it } from 'vitest'
import { findUnsafe } from '../../scripts/deploy/migration-rules.mjs'
import { readMigrations } from '../../scripts/deploy/steps/migrations.mjs'

const applied = readMigrations('drizzle')
const check = (...pending) =>
  findUnsafe(
    applied,
    pending.map((sql, index) => ({ name: `000${index + 1}.sql`, sql })),
  )
const mark = '-- survives: no released code uses it\n'

describe('what running code survives', () => {
  it.each([
    [
      'a new table',
      'CREATE TABLE `a` (`b` text NOT NULL, FOREIGN KEY (`b`) REFERENCES `users`(`id`) ON DELETE cascade);',
    ],
    ['a new index', 'CREATE INDEX `a` ON `todos` (`user_id`);'],
    [
      'a unique index of a new table',
      'CREATE TABLE a (b);--> statement-breakpoint\nCREATE UNIQUE INDEX `c` ON `a` (`b`);',
    ],
    ['rows of a new table', "CREATE TABLE a (b); INSERT INTO a VALUES ('DROP TABLE users; -- no');"],
    ['a new column that may be null', 'ALTER TABLE `users` ADD `blocked_at` integer;'],
    ['a new column with a default', 'ALTER TABLE `users` ADD COLUMN `a` integer DEFAULT 0 NOT NULL;'],
    ['words in a comment', '-- DROP TABLE users\nCREATE TABLE a (b); /* RENAME */'],
  ])('%s', (_, sql) => expect(check(sql)).toEqual([]))
})

describe('what running code may not survive', () => {
  it.each([
    ['a dropped column', 'ALTER TABLE `todos` DROP COLUMN `contents`;', 'drops'],
    ['a dropped index', 'DROP INDEX `todos_by_user`;', 'drops'],
    ['a dropped table', 'DROP TABLE `activity`;', 'drops'],
    ['a renamed table', 'ALTER TABLE `todos` RENAME TO `tasks`;', 'renames'],
    ['a renamed column', 'alter table todos rename column contents to content;', 'renames'],
    ['changed rows', 'UPDATE `users` SET `username` = NULL;', 'changes rows'],
    ['deleted rows', 'DELETE FROM `sessions`;', 'changes rows'],
    ['a new unique index', 'CREATE UNIQUE INDEX `a` ON `todos` (`contents`);', 'forbids rows'],
    [
      'a column that it cannot leave out',
      'ALTER TABLE `users` ADD `a` text NOT NULL;',
      'adds a column that the running code cannot leave out',
    ],
    ['a trigger', 'CREATE TRIGGER a AFTER INSERT ON todos BEGIN DELETE FROM todos; END;', 'is nothing that only adds'],
  ])('%s, unless a comment says why', (_, sql, fault) => {
    expect(check(sql)).toEqual([expect.stringContaining(`0001.sql: ${fault}`)])
    expect(check(mark + sql)).toEqual([])
  })

  it('a rebuilt table, as drizzle-kit writes it', () => {
    const rebuilt = `PRAGMA foreign_keys=OFF;--> statement-breakpoint
      CREATE TABLE \`__new_activity\` (\`id\` text NOT NULL);--> statement-breakpoint
      INSERT INTO \`__new_activity\`("id") SELECT "id" FROM \`activity\`;--> statement-breakpoint
      DROP TABLE \`activity\`;--> statement-breakpoint
      ALTER TABLE \`__new_activity\` RENAME TO \`activity\`;--> statement-breakpoint
      PRAGMA foreign_keys=ON;`
    expect(check(rebuilt)).toEqual(['changes rows', 'drops', 'renames'].map((fault) => expect.stringContaining(fault)))
  })

  it('a comment above one statement does not count for the next', () => {
    expect(check(`${mark}DROP INDEX \`a\`;\nDROP INDEX \`b\`;`)).toEqual([expect.stringContaining('DROP INDEX b')])
    expect(check(`-- survives:\nDROP INDEX \`a\`;`)).toHaveLength(1)
  })
})

it('never drops a table that others refer to, because D1 then deletes their rows', () => {
  expect(check(`${mark}DROP TABLE \`users\`;`)).toEqual([
    expect.stringContaining('drops users, and with it every row of'),
  ])
  const child = 'CREATE TABLE a (b); CREATE TABLE c (d REFERENCES a(b));'
  expect(check(child, `${mark}DROP TABLE a;`)).toHaveLength(1)
  expect(check(child, `${mark}DROP TABLE c;\n${mark}DROP TABLE a;`)).toEqual([])
})
