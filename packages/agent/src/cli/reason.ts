/** Why something did not work, in a few words: the innermost message of an error. */
export function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err)
  if (err.name === 'TimeoutError') return 'it did not answer in time'
  if (err.cause !== undefined) return reasonOf(err.cause)
  const code = 'code' in err && typeof err.code === 'string' ? err.code : undefined
  return err.message || code || err.name
}
