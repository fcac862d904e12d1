CREATE TABLE `activity` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`event` text NOT NULL,
	`at` integer NOT NULL,
	`session_id` text,
	`device` text,
	`country` text,
	`detail` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `activity_by_user` ON `activity` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `activity_by_event` ON `activity` (`user_id`,`event`,`at`);--> statement-breakpoint
CREATE INDEX `activity_by_device` ON `activity` (`user_id`,`device`,`country`) WHERE "activity"."event" IN ('sign_up', 'log_in');--> statement-breakpoint
CREATE INDEX `activity_by_age` ON `activity` (`at`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `device` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `country` text;