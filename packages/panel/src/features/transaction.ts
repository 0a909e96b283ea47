/** How long a change waits for a connection, and may take: it may have to wait for its turn at a lock. */
export const TRANSACTION = { maxWait: 10_000, timeout: 15_000 } as const
