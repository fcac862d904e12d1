export function buildCommonPasswords(): void
