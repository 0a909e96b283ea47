/** Held by the panel that migrates, for as long as it lives. Prisma's own lock has another number. */
export const MIGRATING = 4_242_017

/**
 * Held by the connection that runs a migration, which goes on for a while when its panel is killed: PostgreSQL
 * notices that only when it answers.
 */
export const SCRIPT_RUNNING = 4_242_021
