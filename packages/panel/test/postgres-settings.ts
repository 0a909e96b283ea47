/** As fast as PostgreSQL goes: nothing in a test has to survive a power cut. */
export const fastSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
export const silentLog = { info: () => {}, warn: () => {}, error: () => {} }
