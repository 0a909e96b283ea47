const ROW = /^Failing row contains /

/**
 * PostgreSQL tells the whole row that broke a rule, hashes of passwords and all, and whoever logs the error
 * would tell it on. The rule's name and the table say enough.
 */
export function hideRow(error: unknown): void {
  if (!(error instanceof Error) || !('detail' in error)) return
  if (ROW.test(String(error.detail))) error.detail = 'The row is not shown'
}
