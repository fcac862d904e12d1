CREATE TABLE `idempotency_keys` (
	`user_id` text NOT NULL,
	`key` text NOT NULL,
	`input_hash` text NOT NULL,
	`todo_id` text NOT NULL,
	`used_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `key`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`used_at`);--> statement-breakpoint
DROP INDEX `todos_by_creation`;--> statement-breakpoint
DROP INDEX `todos_open_by_creation`;--> statement-breakpoint
DROP INDEX `todos_done_by_creation`;--> statement-breakpoint
ALTER TABLE `todos` ADD `due_order` integer GENERATED ALWAYS AS (coalesce(due_at, 253402300800000)) VIRTUAL NOT NULL;--> statement-breakpoint
ALTER TABLE `todos` ADD `deleted_at` integer;--> statement-breakpoint
ALTER TABLE `todos` ADD `seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `todos` ADD `folded_contents` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `todos` ADD `folded_description` text DEFAULT '' NOT NULL;--> statement-breakpoint
-- What is there already: its order of change is that of its last change, and `q` finds it by ASCII letters in either case until it is changed.
UPDATE `todos` SET `seq` = `ranked`.`rank`, `folded_contents` = lower(`contents`), `folded_description` = lower(coalesce(`description`, ''))
FROM (SELECT `id`, row_number() OVER (PARTITION BY `user_id` ORDER BY `updated_at`, `id`) AS `rank` FROM `todos`) AS `ranked`
WHERE `ranked`.`id` = `todos`.`id`;--> statement-breakpoint
CREATE INDEX `todos_by_due` ON `todos` (`user_id`,`due_order`,`id`) WHERE "todos"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `todos_by_priority` ON `todos` (`user_id`,`priority`,`id`) WHERE "todos"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `todos_by_update` ON `todos` (`user_id`,`updated_at`,`id`) WHERE "todos"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `todos_open_by_due` ON `todos` (`user_id`,`due_order`,`id`) WHERE "todos"."deleted_at" is null AND "todos"."completed_at" is null;--> statement-breakpoint
CREATE INDEX `todos_open_by_priority` ON `todos` (`user_id`,`priority`,`id`) WHERE "todos"."deleted_at" is null AND "todos"."completed_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX `todos_by_change` ON `todos` (`user_id`,`seq`);--> statement-breakpoint
CREATE INDEX `todos_deleted` ON `todos` (`deleted_at`) WHERE "todos"."deleted_at" is not null;--> statement-breakpoint
CREATE INDEX `todos_by_creation` ON `todos` (`user_id`,`created_at`,`id`) WHERE "todos"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `todos_open_by_creation` ON `todos` (`user_id`,`created_at`,`id`) WHERE "todos"."deleted_at" is null AND "todos"."completed_at" is null;--> statement-breakpoint
CREATE INDEX `todos_done_by_creation` ON `todos` (`user_id`,`created_at`,`id`) WHERE "todos"."deleted_at" is null AND "todos"."completed_at" is not null;