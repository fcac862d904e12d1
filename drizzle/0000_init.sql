CREATE TABLE `activity` (
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`event` text NOT NULL,
	`at` integer NOT NULL,
	`session_id` text,
	`device` text,
	`country` text,
	`detail` text,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `message_days` (
	`day` integer NOT NULL,
	`channel` text NOT NULL,
	`pool` text NOT NULL,
	`sends` integer NOT NULL,
	`resets` integer NOT NULL,
	PRIMARY KEY(`day`, `channel`, `pool`)
);
--> statement-breakpoint
CREATE TABLE `otp_codes` (
	`id` integer PRIMARY KEY NOT NULL,
	`challenge_id` text NOT NULL,
	`guard` text NOT NULL,
	`recipient` text NOT NULL,
	`address` text,
	`network` text,
	`prefix` text,
	`sent_at` integer NOT NULL,
	`attempts` integer NOT NULL,
	`spent_by` text,
	`wrong` integer NOT NULL,
	`wrong_since` integer NOT NULL,
	CONSTRAINT "otp_codes_attempts" CHECK("otp_codes"."attempts" BETWEEN 0 AND 5),
	CONSTRAINT "otp_codes_wrong" CHECK("otp_codes"."wrong" BETWEEN 0 AND 20)
);
--> statement-breakpoint
CREATE INDEX `otp_codes_by_recipient` ON `otp_codes` (`recipient`,`sent_at`);--> statement-breakpoint
CREATE INDEX `otp_codes_by_address` ON `otp_codes` (`address`,`sent_at`) WHERE "otp_codes"."address" is not null;--> statement-breakpoint
CREATE INDEX `otp_codes_by_network` ON `otp_codes` (`network`,`sent_at`) WHERE "otp_codes"."network" is not null;--> statement-breakpoint
CREATE INDEX `otp_codes_by_prefix` ON `otp_codes` (`prefix`,`sent_at`) WHERE "otp_codes"."prefix" is not null;--> statement-breakpoint
CREATE TABLE `log_in_throttle` (
	`id` integer PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`failures` integer NOT NULL,
	`last_failure_at` integer NOT NULL,
	`blocked_until` integer NOT NULL,
	CONSTRAINT "log_in_throttle_failures" CHECK("log_in_throttle"."failures" > 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `log_in_throttle_key_unique` ON `log_in_throttle` (`key`);--> statement-breakpoint
CREATE TABLE `hour_counts` (
	`key` text NOT NULL,
	`hour` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`hour`, `key`)
);
--> statement-breakpoint
CREATE TABLE `spent_tokens` (
	`jti` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `notice_sends` (
	`id` integer PRIMARY KEY NOT NULL,
	`recipient` text NOT NULL,
	`sent_by` text NOT NULL,
	`sent_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `notice_sends_by_recipient` ON `notice_sends` (`recipient`,`sent_at`);--> statement-breakpoint
CREATE TABLE `operator_acts` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`operator` text NOT NULL,
	`act` text NOT NULL,
	`user_id` text,
	`detail` text
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`generation` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`proven_by` text DEFAULT 'password' NOT NULL,
	`proven_since` integer DEFAULT 0 NOT NULL,
	`second_factor_since` integer,
	`device_hash` text NOT NULL,
	`refresh_key_hash` text,
	`rotated_on_device` integer DEFAULT false NOT NULL,
	`repeats` integer DEFAULT 0 NOT NULL,
	`repeated_at` integer DEFAULT 0 NOT NULL,
	`device` text,
	`country` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "sessions_generation" CHECK("sessions"."generation" >= 0),
	CONSTRAINT "sessions_repeats" CHECK("sessions"."repeats" BETWEEN 0 AND 3),
	CONSTRAINT "sessions_life" CHECK("sessions"."expires_at" > "sessions"."created_at" AND "sessions"."last_seen_at" >= "sessions"."created_at")
);
--> statement-breakpoint
CREATE INDEX `sessions_by_user` ON `sessions` (`user_id`,`id`);--> statement-breakpoint
CREATE TABLE `alarms` (
	`kind` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL,
	`count` integer NOT NULL,
	`sent_at` integer NOT NULL,
	`sent_by` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `cron_runs` (
	`name` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`overdue_seconds` text NOT NULL,
	`kid` text NOT NULL,
	`kid_since` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `calendar_feeds` (
	`user_id` text PRIMARY KEY NOT NULL,
	`token_mac` text NOT NULL,
	`device_epoch` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `calendar_feeds_by_token` ON `calendar_feeds` (`token_mac`);--> statement-breakpoint
CREATE TABLE `lists` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`position` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "lists_name" CHECK(length("lists"."name") BETWEEN 1 AND 100),
	CONSTRAINT "lists_position" CHECK(length("lists"."position") BETWEEN 1 AND 100),
	CONSTRAINT "lists_version" CHECK("lists"."version" >= 1)
);
--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`user_id` text NOT NULL,
	`key` text NOT NULL,
	`input_hash` text NOT NULL,
	`base_id` text NOT NULL,
	`used_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `key`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`used_at`);--> statement-breakpoint
CREATE TABLE `todo_searches` (
	`user_id` text PRIMARY KEY NOT NULL,
	`times` text NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `todos` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`contents` text NOT NULL,
	`description` text,
	`priority` integer NOT NULL,
	`labels` text NOT NULL,
	`due_at` integer,
	`due_zone` text,
	`due_order` integer GENERATED ALWAYS AS (coalesce(due_at * 2 + (due_zone IS NULL), 506804601600000)) VIRTUAL NOT NULL,
	`recurrence` text,
	`parent_id` text,
	`list_id` text,
	`position` text,
	`import_hash` text,
	`completed_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL,
	`deleted_at` integer,
	`seq` integer DEFAULT 0 NOT NULL,
	`folded_contents` text DEFAULT '' NOT NULL,
	`folded_description` text DEFAULT '' NOT NULL,
	`total_rows` integer DEFAULT 0 NOT NULL,
	`total_bytes` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "todos_contents" CHECK(length("todos"."contents") BETWEEN 1 AND 500),
	CONSTRAINT "todos_description" CHECK(length("todos"."description") <= 10000),
	CONSTRAINT "todos_priority" CHECK("todos"."priority" BETWEEN 0 AND 4),
	CONSTRAINT "todos_labels" CHECK(json_type("todos"."labels") = 'array' AND json_array_length("todos"."labels") <= 10),
	CONSTRAINT "todos_due" CHECK("todos"."due_at" IS NOT NULL OR ("todos"."due_zone" IS NULL AND "todos"."recurrence" IS NULL)),
	CONSTRAINT "todos_recurrence" CHECK("todos"."recurrence" IS NULL OR "todos"."parent_id" IS NULL),
	CONSTRAINT "todos_parent" CHECK("todos"."parent_id" <> "todos"."id"),
	CONSTRAINT "todos_position" CHECK(length("todos"."position") BETWEEN 1 AND 100),
	CONSTRAINT "todos_version" CHECK("todos"."version" >= 1)
);
--> statement-breakpoint
CREATE INDEX `todos_by_creation` ON `todos` (`user_id`,`created_at`,`id`) WHERE "todos"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `todos_open_by_due` ON `todos` (`user_id`,`due_order`,`id`) WHERE "todos"."deleted_at" is null AND "todos"."completed_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX `todos_by_change` ON `todos` (`user_id`,`seq`);--> statement-breakpoint
CREATE INDEX `todos_by_parent` ON `todos` (`parent_id`,`deleted_at`) WHERE "todos"."parent_id" is not null;--> statement-breakpoint
CREATE INDEX `todos_deleted` ON `todos` (`deleted_at`) WHERE "todos"."deleted_at" is not null;--> statement-breakpoint
CREATE TABLE `identities` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`provider` text NOT NULL,
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`label` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "identities_subject" CHECK(length("identities"."subject") BETWEEN 1 AND 255)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `identities_by_subject` ON `identities` (`issuer`,`subject`);--> statement-breakpoint
CREATE TABLE `passkeys` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`credential_id` text NOT NULL,
	`public_key` text NOT NULL,
	`counter` integer NOT NULL,
	`transports` text NOT NULL,
	`is_backup_eligible` integer NOT NULL,
	`is_backed_up` integer NOT NULL,
	`aaguid` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "passkeys_credential_id" CHECK(length("passkeys"."credential_id") BETWEEN 1 AND 1364),
	CONSTRAINT "passkeys_counter" CHECK("passkeys"."counter" BETWEEN 0 AND 4294967295),
	CONSTRAINT "passkeys_name" CHECK(length("passkeys"."name") BETWEEN 1 AND 50)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `passkeys_by_credential` ON `passkeys` (`credential_id`);--> statement-breakpoint
CREATE TABLE `past_identifiers` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`changed` text NOT NULL,
	`username` text,
	`email` text,
	`phone` text,
	`password_hash` text,
	`password_version` integer NOT NULL,
	`email_link_mac` text,
	`phone_link_mac` text,
	`changed_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `past_identifiers_by_user` ON `past_identifiers` (`user_id`,`changed_at`);--> statement-breakpoint
CREATE INDEX `past_identifiers_by_username` ON `past_identifiers` (`username`) WHERE "past_identifiers"."username" is not null;--> statement-breakpoint
CREATE INDEX `past_identifiers_by_email` ON `past_identifiers` (`email`) WHERE "past_identifiers"."email" is not null;--> statement-breakpoint
CREATE INDEX `past_identifiers_by_phone` ON `past_identifiers` (`phone`) WHERE "past_identifiers"."phone" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `past_identifiers_by_email_link` ON `past_identifiers` (`email_link_mac`) WHERE "past_identifiers"."email_link_mac" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `past_identifiers_by_phone_link` ON `past_identifiers` (`phone_link_mac`) WHERE "past_identifiers"."phone_link_mac" is not null;--> statement-breakpoint
CREATE TABLE `removal_requests` (
	`user_id` text NOT NULL,
	`target` text NOT NULL,
	`effective_at` integer NOT NULL,
	`stamp` text,
	`link_mac` text NOT NULL,
	PRIMARY KEY(`user_id`, `target`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `removal_requests_link_mac_unique` ON `removal_requests` (`link_mac`);--> statement-breakpoint
CREATE INDEX `removal_requests_by_age` ON `removal_requests` (`effective_at`);--> statement-breakpoint
CREATE TABLE `second_factors` (
	`user_id` text PRIMARY KEY NOT NULL,
	`pending_secret` text,
	`pending_until` integer,
	`secret` text,
	`kid` text,
	`confirmed_at` integer,
	`since` integer,
	`last_step` integer DEFAULT 0 NOT NULL,
	`passed_by` text,
	`recovery_hashes` text DEFAULT '[]' NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "second_factors_confirmed" CHECK(("second_factors"."confirmed_at" IS NULL) = ("second_factors"."secret" IS NULL)
      AND ("second_factors"."confirmed_at" IS NULL) = ("second_factors"."kid" IS NULL) AND ("second_factors"."confirmed_at" IS NULL) = ("second_factors"."since" IS NULL))
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text,
	`email` text,
	`phone` text,
	`password_hash` text,
	`password_version` integer DEFAULT 0 NOT NULL,
	`proof_stamp` text DEFAULT (lower(hex(randomblob(16)))) NOT NULL,
	`email_changed_at` integer DEFAULT 0 NOT NULL,
	`phone_changed_at` integer DEFAULT 0 NOT NULL,
	`password_changed_at` integer DEFAULT 0 NOT NULL,
	`device_epoch` integer DEFAULT 0 NOT NULL,
	`blocked_at` integer,
	`name` text,
	`nickname` text,
	`time_zone` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	CONSTRAINT "users_username" CHECK(length("users"."username") BETWEEN 3 AND 32
      AND "users"."username" NOT GLOB '*[^a-z0-9._-]*' AND "users"."username" GLOB '*[a-z]*'),
	CONSTRAINT "users_email" CHECK("users"."email" GLOB '?*@?*' AND length("users"."email") <= 254),
	CONSTRAINT "users_phone" CHECK("users"."phone" GLOB '+[1-9]*' AND length("users"."phone") <= 16),
	CONSTRAINT "users_name" CHECK(length("users"."name") BETWEEN 1 AND 100),
	CONSTRAINT "users_nickname" CHECK(length("users"."nickname") BETWEEN 1 AND 50)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_by_username` ON `users` (`username`) WHERE "users"."username" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `users_by_email` ON `users` (`email`) WHERE "users"."email" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `users_by_phone` ON `users` (`phone`) WHERE "users"."phone" is not null;